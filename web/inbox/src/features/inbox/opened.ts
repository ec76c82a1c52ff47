/** How a conversation was opened: a pointer leads into the field, the keyboard into the messages. */
export type OpenedBy = "pointer" | "keyboard";

let by: OpenedBy | undefined;

export function willOpen(how: OpenedBy): void {
  by = how;
}

/** Was the conversation that is being drawn now opened like this? True once. */
export function wasOpened(how: OpenedBy): boolean {
  if (by !== how) return false;
  by = undefined;
  return true;
}
