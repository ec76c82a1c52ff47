/** One key with its modifiers. Letters count logically, `code` physically; see `fits`. */
export type Binding = {
  letter?: string;
  key?: string;
  code?: string;
  /** Ctrl, or ⌘ on a Mac. */
  mod?: boolean;
  ctrl?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** A second key that follows it: one of the digits. */
  then?: "digit";
};

const isMac = typeof navigator !== "undefined" && /mac|iphone|ipad/iu.test(navigator.userAgent);

/**
 * Does an event press this binding? A letter is the one that the layout types; where it types none of the Latin ones
 * (о for J on a Russian layout), the key's place counts. Punctuation moves between layouts and is bound by place.
 */
export function fits(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">, binding: Binding, mac = isMac): boolean {
  const ctrl = binding.ctrl || (binding.mod && !mac) || false;
  const meta = (binding.mod && mac) || false;
  if (event.ctrlKey !== ctrl || event.metaKey !== meta || event.altKey !== (binding.alt ?? false) || event.shiftKey !== (binding.shift ?? false)) return false;
  if (binding.code) return event.code === binding.code;
  if (binding.key) return event.key === binding.key;
  const letter = binding.letter ?? "";
  const typed = event.key.toLowerCase();
  return /^[a-z]$/u.test(typed) ? typed === letter : event.code === `Key${letter.toUpperCase()}`;
}

/** Types something when it is pressed in a field: such keys work outside of fields only. */
export function isSingle(binding: Binding): boolean {
  return !binding.mod && !binding.ctrl && !binding.alt && (binding.letter !== undefined || binding.code !== undefined);
}

export function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=file]), textarea, select"));
}

/** "Ctrl+Enter", as it is written on the keys. */
export function keyName(binding: Binding, mac = isMac): string {
  const name = binding.letter?.toUpperCase() ?? NAMES[binding.code ?? binding.key ?? ""] ?? binding.key ?? "";
  if (binding.shift && binding.code === "Slash") return "?";
  const modifiers = [binding.mod && (mac ? "⌘" : "Ctrl"), binding.ctrl && "Ctrl", binding.alt && (mac ? "⌥" : "Alt"), binding.shift && "Shift"].filter(Boolean);
  const whole = [...modifiers, name].join("+");
  return binding.then ? `${whole} 1–9` : whole;
}

const NAMES: Record<string, string> = { Slash: "/", Comma: ",", Period: ".", BracketLeft: "[", BracketRight: "]", Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑" };
