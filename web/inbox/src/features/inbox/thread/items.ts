import { Direction, type Message, MessageKind } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayOf } from "../../../i18n/format.ts";
import type { OutItem } from "../outbox.ts";
import { isInbound, shownAt } from "./order.ts";

/** What the thread shows, top to bottom. */
export type ThreadItem =
  | { kind: "beginning"; key: string }
  | { kind: "day"; key: string; at: number }
  | { kind: "unread"; key: string; n: number }
  | { kind: "event"; key: string; message: Message }
  /** One message, or an album as one. `first` and `last` of a run by one author within five minutes. */
  | { kind: "bubble"; key: string; messages: readonly [Message, ...Message[]]; first: boolean; last: boolean }
  | { kind: "out"; key: string; item: OutItem };

const RUN_MS = 5 * 60_000;

export type Input = {
  messages: readonly Message[];
  outbox: readonly OutItem[];
  /** The reader's mark when the thread was opened: what came after it is new. */
  readSeq: bigint;
  /** Where the thread begins, nothing earlier exists. */
  complete: boolean;
  /** Something earlier did, and is erased. */
  removed?: boolean;
};

export function buildItems({ messages, outbox, readSeq, complete, removed }: Input): ThreadItem[] {
  const items: ThreadItem[] = complete && (messages.length > 0 || removed) ? [{ kind: "beginning", key: "beginning" }] : [];
  const unread = messages.filter((message) => isInbound(message) && message.seq > readSeq).length;
  let day = 0;
  let divided = unread === 0;
  for (const group of groups(messages)) {
    const [first] = group;
    const at = shownAt(first);
    if (at && dayOf(at) !== day) {
      day = dayOf(at);
      items.push({ kind: "day", key: `day-${day}`, at });
    }
    if (!divided && isInbound(first) && first.seq > readSeq) {
      divided = true;
      items.push({ kind: "unread", key: "unread", n: unread });
    }
    if (first.kind === MessageKind.EVENT) items.push({ kind: "event", key: first.messageId, message: first });
    else items.push({ kind: "bubble", key: first.messageId, messages: group, first: true, last: true });
  }
  joinRuns(items);
  const known = new Set(messages.map((message) => message.messageId));
  for (const item of outbox) if (!known.has(item.messageId)) items.push({ kind: "out", key: item.messageId, item });
  return items;
}

/** Neighbours that share a group_key are one. */
function groups(messages: readonly Message[]): [Message, ...Message[]][] {
  const made: [Message, ...Message[]][] = [];
  for (const message of messages) {
    const last = made.at(-1);
    const same = last && message.groupKey !== "" && last[0].groupKey === message.groupKey && last[0].direction === message.direction && last[0].kind === message.kind;
    if (same) last.push(message);
    else made.push([message]);
  }
  return made;
}

function joinRuns(items: ThreadItem[]): void {
  for (let index = 1; index < items.length; index += 1) {
    const before = items[index - 1];
    const item = items[index];
    if (before?.kind !== "bubble" || item?.kind !== "bubble") continue;
    if (!sameRun(before.messages[0], item.messages[0])) continue;
    before.last = false;
    item.first = false;
  }
}

function sameRun(a: Message, b: Message): boolean {
  return (
    a.direction === b.direction &&
    (a.kind === MessageKind.NOTE) === (b.kind === MessageKind.NOTE) &&
    a.authorEmployeeId === b.authorEmployeeId &&
    (a.direction === Direction.OUT || a.authorName === b.authorName) &&
    shownAt(b) - shownAt(a) < RUN_MS
  );
}

/** A first guess of an item's height, so that the scroll bar is nearly right before anything is measured. */
export function estimate(item: ThreadItem | undefined): number {
  if (!item) return 40;
  if (item.kind === "bubble") {
    const lines = item.messages.reduce((sum, { content }) => sum + Math.ceil((content?.text.length ?? 0) / 60) + (content?.text.split("\n").length ?? 1) - 1, 0);
    const media = item.messages.some(({ content }) => (content?.attachments.length ?? 0) > 0) ? 220 : 0;
    return 40 + lines * 21 + media;
  }
  return item.kind === "out" ? 60 : 36;
}
