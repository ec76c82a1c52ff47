import { formatForDisplay, type RegisterableHotkey, useHotkey } from "@tanstack/react-hotkeys";
import type { Key } from "../i18n/index.ts";
import { usePreference } from "../rpc/preferences.ts";

export type CommandGroup = "everywhere" | "lists" | "conversation" | "composer";

type Command = {
  /** Letters are bound logically: on a Russian layout the physical key counts. Punctuation is bound physically. */
  key: RegisterableHotkey;
  /** How the key is written, where the binding itself does not read well. */
  shown?: string;
  label: Key;
  group: CommandGroup;
};

/** Every action that has a key: buttons, menus and the `?` sheet read it here. A leaf: it knows no feature. */
export const COMMANDS = {
  "app.search": { key: "[Slash]", shown: "/", label: "command.search", group: "everywhere" },
  "app.help": { key: "Shift+[Slash]", shown: "?", label: "command.help", group: "everywhere" },
  "app.undo": { key: "Z", label: "command.undo", group: "everywhere" },
  "app.panel": { key: "[BracketRight]", shown: "]", label: "command.panel", group: "everywhere" },
  "app.nextPane": { key: "F6", label: "command.nextPane", group: "everywhere" },
  "app.back": { key: "Escape", shown: "Esc", label: "command.back", group: "everywhere" },
  "list.next": { key: "J", label: "command.next", group: "lists" },
  "list.previous": { key: "K", label: "command.previous", group: "lists" },
  "list.open": { key: "Enter", label: "command.open", group: "lists" },
  "conversation.reply": { key: "R", label: "command.reply", group: "conversation" },
  "conversation.note": { key: "N", label: "command.note", group: "conversation" },
  "conversation.take": { key: "T", label: "command.take", group: "conversation" },
  "conversation.assign": { key: "A", label: "command.assign", group: "conversation" },
  "conversation.finish": { key: "E", label: "command.finish", group: "conversation" },
  "conversation.snooze": { key: "H", label: "command.snooze", group: "conversation" },
  "conversation.unread": { key: "U", label: "command.unread", group: "conversation" },
  "conversation.identify": { key: "I", label: "command.identify", group: "conversation" },
  "conversation.nextOne": { key: "Alt+ArrowDown", label: "command.nextConversation", group: "conversation" },
  "conversation.previousOne": { key: "Alt+ArrowUp", label: "command.previousConversation", group: "conversation" },
  "composer.send": { key: "Mod+Enter", label: "command.send", group: "composer" },
  "composer.sendAndFinish": { key: "Mod+Shift+Enter", label: "command.sendAndFinish", group: "composer" },
  "composer.mode": { key: "Alt+N", label: "command.mode", group: "composer" },
  "composer.mention": { key: "Control+[Comma]", shown: "Ctrl+,", label: "command.mention", group: "composer" },
  "composer.takeBack": { key: "Mod+Z", label: "command.takeBack", group: "composer" },
  "composer.editLast": { key: "ArrowUp", label: "command.editLast", group: "composer" },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof COMMANDS;

type Options = {
  enabled?: boolean;
  /** Also while a field has the focus. */
  inFields?: boolean;
  target?: React.RefObject<HTMLElement | null>;
  /** Leaves the event to others when `run` returns false. */
  preventDefault?: boolean;
};

/** Binds a command to what it does here. Single keys work outside of fields only, and can be switched off. */
export function useCommand(id: CommandId, run: (event: KeyboardEvent) => void, options: Options = {}): void {
  const { enabled = true, inFields = false, target, preventDefault = true } = options;
  const singleKeys = usePreference("single_keys") !== "off";
  useHotkey(COMMANDS[id].key, run, {
    enabled: enabled && (singleKeys || !isSingle(id)),
    ignoreInputs: !inFields,
    conflictBehavior: "allow",
    preventDefault,
    stopPropagation: preventDefault,
    ...(target ? { target } : {}),
  });
}

/** "Ctrl+Enter", as people write it. */
export function keyOf(id: CommandId): string {
  const command: Command = COMMANDS[id];
  return command.shown ?? (typeof command.key === "string" ? formatForDisplay(command.key) : "");
}

function isSingle(id: CommandId): boolean {
  const { key }: Command = COMMANDS[id];
  return typeof key === "string" && /^[A-Z]$|^\[|^Shift\+\[/u.test(key);
}
