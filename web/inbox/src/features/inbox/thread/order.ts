import { Direction, type Message, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { millis } from "../../../rpc/clock.ts";
import type { ThreadData } from "../cache.ts";

/** Has the channel not yet told when our message was sent? Then it stands last. */
export function isWaiting(message: Message): boolean {
  return message.direction === Direction.OUT && (message.status === MessageStatus.QUEUED || message.status === MessageStatus.SENDING);
}

/** The order of the thread: (shown_at, position, seq); our own without a receipt stand last. */
export function compareMessages(a: Message, b: Message): number {
  const waiting = Number(isWaiting(a)) - Number(isWaiting(b));
  if (waiting !== 0) return waiting;
  const shown = isWaiting(a) ? 0 : shownAt(a) - shownAt(b);
  if (shown !== 0) return shown;
  const position = Number(a.position - b.position);
  if (position !== 0 && !isWaiting(a)) return position;
  return Number(a.seq - b.seq);
}

export function shownAt(message: Message): number {
  return millis(message.shownAt) || millis(message.createdAt);
}

/** Every loaded message once, in the thread's order. What was taken back is not shown. */
export function messagesOf(data: ThreadData | undefined): Message[] {
  const byId = new Map<string, Message>();
  for (const page of data?.pages ?? []) for (const message of page.messages) byId.set(message.messageId, message);
  return [...byId.values()].filter((message) => message.status !== MessageStatus.CANCELLED).sort(compareMessages);
}

/** Does it count as unread after the reader's mark? */
export function isInbound(message: Message): boolean {
  return message.direction === Direction.IN && message.kind !== MessageKind.EVENT && message.kind !== MessageKind.NOTE;
}
