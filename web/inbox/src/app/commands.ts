import { useEffect, useRef } from "react";
import type { Key } from "../i18n/index.ts";
import { usePreference } from "../rpc/preferences.ts";
import { type Binding, fits, isField, isSingle, keyName } from "./keys.ts";

export type CommandGroup = "everywhere" | "lists" | "conversation" | "composer";

type Command = { key: Binding; label: Key; group: CommandGroup };

/** Every action that has a key: buttons, menus and the `?` sheet read it here. A leaf: it knows no feature. */
export const COMMANDS = {
  "app.search": { key: { code: "Slash" }, label: "command.search", group: "everywhere" },
  "app.help": { key: { code: "Slash", shift: true }, label: "command.help", group: "everywhere" },
  "app.undo": { key: { letter: "z" }, label: "command.undo", group: "everywhere" },
  "app.panel": { key: { code: "BracketRight" }, label: "command.panel", group: "everywhere" },
  "app.nextPane": { key: { key: "F6" }, label: "command.nextPane", group: "everywhere" },
  "app.back": { key: { key: "Escape" }, label: "command.back", group: "everywhere" },
  "form.save": { key: { letter: "s", mod: true }, label: "command.save", group: "everywhere" },
  "list.next": { key: { letter: "j" }, label: "command.next", group: "lists" },
  "list.previous": { key: { letter: "k" }, label: "command.previous", group: "lists" },
  "list.open": { key: { key: "Enter" }, label: "command.open", group: "lists" },
  "conversation.reply": { key: { letter: "r" }, label: "command.reply", group: "conversation" },
  "conversation.note": { key: { letter: "n" }, label: "command.note", group: "conversation" },
  "conversation.take": { key: { letter: "t" }, label: "command.take", group: "conversation" },
  "conversation.assign": { key: { letter: "a" }, label: "command.assign", group: "conversation" },
  "conversation.finish": { key: { letter: "e" }, label: "command.finish", group: "conversation" },
  "conversation.snooze": { key: { letter: "h" }, label: "command.snooze", group: "conversation" },
  "conversation.unread": { key: { letter: "u" }, label: "command.unread", group: "conversation" },
  "conversation.identify": { key: { letter: "i" }, label: "command.identify", group: "conversation" },
  "conversation.nextOne": { key: { key: "ArrowDown", alt: true }, label: "command.nextConversation", group: "conversation" },
  "conversation.previousOne": { key: { key: "ArrowUp", alt: true }, label: "command.previousConversation", group: "conversation" },
  "composer.send": { key: { key: "Enter", mod: true }, label: "command.send", group: "composer" },
  "composer.sendAndFinish": { key: { key: "Enter", mod: true, shift: true }, label: "command.sendAndFinish", group: "composer" },
  "composer.mode": { key: { letter: "n", alt: true }, label: "command.mode", group: "composer" },
  "composer.mention": { key: { code: "Comma", ctrl: true }, label: "command.mention", group: "composer" },
  "composer.takeBack": { key: { letter: "z", mod: true }, label: "command.takeBack", group: "composer" },
  "composer.editLast": { key: { key: "ArrowUp" }, label: "command.editLast", group: "composer" },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof COMMANDS;

type Options = {
  enabled?: boolean;
  /** Only while this field has the focus; otherwise only while no field has it. "anywhere": both. */
  within?: React.RefObject<HTMLElement | null> | "anywhere";
  /** The browser's own meaning of the key stays, unless `run` prevents it. */
  passive?: boolean;
};

type Bound = { id: CommandId; run: (event: KeyboardEvent) => void; options: Options };

const bound = new Set<Bound>();

/** Binds a command to what it does here. Single keys work outside of fields only, and can be switched off. */
export function useCommand(id: CommandId, run: (event: KeyboardEvent) => void, options: Options = {}): void {
  const singleKeys = usePreference("single_keys") !== "off";
  const entry = useRef<Bound>({ id, run, options });
  const enabled = (options.enabled ?? true) && (singleKeys || !isSingle(COMMANDS[id].key));
  useEffect(() => {
    Object.assign(entry.current, { id, run, options });
  });
  useEffect(() => {
    if (!enabled) return;
    const mine = entry.current;
    bound.add(mine);
    return () => void bound.delete(mine);
  }, [enabled]);
}

/** "Ctrl+Enter", as people write it. */
export function keyOf(id: CommandId): string {
  return keyName(COMMANDS[id].key);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || isElsewhere(event.target)) return;
  const field = isField(event.target);
  // The last to bind is the innermost: Esc closes the drawer before it leaves the conversation.
  const taker = [...bound].findLast(({ id, options }) => fits(event, COMMANDS[id].key) && isHere(options.within, event.target, field));
  if (!taker) return;
  if (!taker.options.passive) event.preventDefault();
  taker.run(event);
}

/** A dialog or a menu has its own keys. */
function isElsewhere(target: EventTarget | null): boolean {
  return document.querySelector("dialog[open]") !== null || (target instanceof Element && target.closest("[role=menu]") !== null);
}

function isHere(within: Options["within"], target: EventTarget | null, field: boolean): boolean {
  if (within === "anywhere") return true;
  return within ? within.current === target : !field;
}

if (typeof document !== "undefined") document.addEventListener("keydown", onKeyDown);
