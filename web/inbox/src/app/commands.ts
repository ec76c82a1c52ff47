import { useEffect, useRef } from "react";
import type { Key } from "../i18n/index.ts";
import { preference } from "../rpc/preferences.ts";
import { type Binding, fits, isField, isSingle, keyName } from "./keys.ts";

export type CommandGroup = "everywhere" | "lists" | "conversation" | "composer";

/** Without a key it is found in its menu and in the palette. */
type Command = { key: Binding | undefined; label: Key; group: CommandGroup };

/** Every action that has a key: buttons, menus and the `?` sheet read it here. A leaf: it knows no feature. */
export const COMMANDS = {
  "app.search": { key: { code: "Slash" }, label: "command.search", group: "everywhere" },
  "app.help": { key: { code: "Slash", shift: true }, label: "command.help", group: "everywhere" },
  "app.undo": { key: { letter: "z" }, label: "command.undo", group: "everywhere" },
  "app.palette": { key: { letter: "k", mod: true }, label: "command.palette", group: "everywhere" },
  "app.go": { key: { letter: "g", then: "digit" }, label: "command.go", group: "everywhere" },
  "app.list": { key: { code: "BracketLeft" }, label: "command.list", group: "everywhere" },
  "app.panel": { key: { code: "BracketRight" }, label: "command.panel", group: "everywhere" },
  "app.nextPane": { key: { key: "F6" }, label: "command.nextPane", group: "everywhere" },
  "app.back": { key: { key: "Escape" }, label: "command.back", group: "everywhere" },
  "form.save": { key: { letter: "s", mod: true }, label: "command.save", group: "everywhere" },
  "list.next": { key: { letter: "j" }, label: "command.next", group: "lists" },
  "list.previous": { key: { letter: "k" }, label: "command.previous", group: "lists" },
  "list.open": { key: { key: "Enter" }, label: "command.open", group: "lists" },
  "list.select": { key: { letter: "x" }, label: "command.select", group: "lists" },
  "list.extendDown": { key: { letter: "j", shift: true }, label: "command.extendDown", group: "lists" },
  "list.extendUp": { key: { letter: "k", shift: true }, label: "command.extendUp", group: "lists" },
  "list.selectAll": { key: { letter: "a", mod: true }, label: "command.selectAll", group: "lists" },
  "list.unselect": { key: { key: "Escape" }, label: "command.unselect", group: "lists" },
  "list.menu": { key: { code: "Period" }, label: "command.menu", group: "lists" },
  "records.merge": { key: { key: "Enter", mod: true }, label: "command.merge", group: "lists" },
  "records.different": { key: { letter: "n" }, label: "command.different", group: "lists" },
  "conversation.reply": { key: { letter: "r" }, label: "command.reply", group: "conversation" },
  "conversation.replyAll": { key: { letter: "r", shift: true }, label: "command.replyAll", group: "conversation" },
  "conversation.forward": { key: { letter: "f" }, label: "command.forward", group: "conversation" },
  "conversation.note": { key: { letter: "n" }, label: "command.note", group: "conversation" },
  "conversation.take": { key: { letter: "t" }, label: "command.take", group: "conversation" },
  "conversation.assign": { key: { letter: "a" }, label: "command.assign", group: "conversation" },
  "conversation.finish": { key: { letter: "e" }, label: "command.finish", group: "conversation" },
  "conversation.reject": { key: undefined, label: "command.reject", group: "conversation" },
  "conversation.snooze": { key: { letter: "h" }, label: "command.snooze", group: "conversation" },
  "conversation.move": { key: { letter: "v" }, label: "command.move", group: "conversation" },
  "conversation.unread": { key: { letter: "u" }, label: "command.unread", group: "conversation" },
  "conversation.identify": { key: { letter: "i" }, label: "command.identify", group: "conversation" },
  "conversation.nextOne": { key: { key: "ArrowDown", alt: true }, label: "command.nextConversation", group: "conversation" },
  "conversation.previousOne": { key: { key: "ArrowUp", alt: true }, label: "command.previousConversation", group: "conversation" },
  "composer.send": { key: { key: "Enter", mod: true }, label: "command.send", group: "composer" },
  "composer.sendAndFinish": { key: { key: "Enter", mod: true, shift: true }, label: "command.sendAndFinish", group: "composer" },
  "composer.sendAndSnooze": { key: undefined, label: "command.sendAndSnooze", group: "composer" },
  "composer.sendLater": { key: undefined, label: "command.sendLater", group: "composer" },
  "composer.attach": { key: undefined, label: "command.attach", group: "composer" },
  "composer.voice": { key: undefined, label: "command.voice", group: "composer" },
  "composer.template": { key: undefined, label: "command.template", group: "composer" },
  "composer.emoji": { key: undefined, label: "command.emoji", group: "composer" },
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
  /** Only while the focus is somewhere inside of this. */
  inside?: React.RefObject<HTMLElement | null>;
  /** Comes before what is bound without it, whoever was bound later. */
  first?: boolean;
  /** The browser's own meaning of the key stays, unless `run` prevents it. */
  passive?: boolean;
};

type Bound = { id: CommandId; run: (event?: KeyboardEvent) => void; options: Options };

const bound = new Set<Bound>();

/** Binds a command to what it does here. Single keys work outside of fields only, and can be switched off. */
export function useCommand(id: CommandId, run: (event?: KeyboardEvent) => void, options: Options = {}): void {
  const entry = useRef<Bound>({ id, run, options });
  const enabled = options.enabled ?? true;
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

/** "Ctrl+Enter", as people write it; empty for what has no key. */
export function keyOf(id: CommandId): string {
  const { key } = COMMANDS[id];
  return key ? keyName(key) : "";
}

/** What can be done here and now, the innermost first: for the palette. */
export function boundCommands(): CommandId[] {
  return [...new Set([...bound].reverse().map(({ id }) => id))];
}

/** Does a command as if its key had been pressed; false when nothing here takes it. */
export function runCommand(id: CommandId): boolean {
  const taker = innermost((entry) => entry.id === id);
  taker?.run();
  return taker !== undefined;
}

const SEQUENCE_MS = 1_500;
let prefixAt = -Infinity;

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || isElsewhere(event.target)) return;
  const field = isField(event.target);
  if (!field && isSecond(event)) return;
  const singleKeys = preference("single_keys") !== "off";
  const taker = innermost(({ id, options }) => {
    const key: Binding | undefined = COMMANDS[id].key;
    return key !== undefined && (singleKeys || !isSingle(key)) && fits(event, key) && isHere(options, event.target, field);
  });
  if (!taker) return;
  if (!taker.options.passive) event.preventDefault();
  const { then }: Binding = COMMANDS[taker.id].key ?? {};
  if (then) prefixAt = event.timeStamp;
  else taker.run(event);
}

/** The digit after `G`. */
function isSecond(event: KeyboardEvent): boolean {
  const second = event.timeStamp - prefixAt < SEQUENCE_MS && /^Digit[1-9]$/u.test(event.code) && !event.ctrlKey && !event.altKey && !event.metaKey;
  prefixAt = -Infinity;
  if (!second) return false;
  event.preventDefault();
  innermost(({ id }) => id === "app.go")?.run(event);
  return true;
}

/** The last to bind is the innermost: Esc closes the drawer before it leaves the conversation. */
function innermost(takes: (entry: Bound) => boolean): Bound | undefined {
  const takers = [...bound].filter(takes);
  return takers.findLast(({ options }) => options.first) ?? takers.at(-1);
}

/** A dialog, a menu and a flyout have their own keys. */
function isElsewhere(target: EventTarget | null): boolean {
  return document.querySelector("dialog[open]") !== null || (target instanceof Element && target.closest("[role=menu], [data-flyout]") !== null);
}

function isHere({ within, inside }: Options, target: EventTarget | null, field: boolean): boolean {
  if (inside && !(target instanceof Node && inside.current?.contains(target))) return false;
  if (within === "anywhere") return true;
  return within ? within.current === target : !field;
}

if (typeof document !== "undefined") document.addEventListener("keydown", onKeyDown);
