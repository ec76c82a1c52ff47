/** How a conversation was opened: a pointer leads into the field, the keyboard into the messages. */
export type OpenedBy = "pointer" | "keyboard";

let by: OpenedBy | undefined;

export function willOpen(how: OpenedBy): void {
  by = how;
}

/** What led to the conversation that is being drawn now; asked once. */
export function takeOpenedBy(): OpenedBy | undefined {
  const how = by;
  by = undefined;
  return how;
}
