import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Direction, type Message, MessageKind, MessageSchema, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { timestamp } from "../../../rpc/clock.ts";
import type { OutItem } from "../outbox.ts";
import { buildItems } from "./items.ts";
import { messagesOf } from "./order.ts";

const DAY = Date.UTC(2026, 10, 23, 12);

function message(id: string, seq: number, part: Exclude<MessageInitShape<typeof MessageSchema>, Message> = {}): Message {
  return create(MessageSchema, { messageId: id, seq: BigInt(seq), shownAt: timestamp(DAY + seq * 1000), direction: Direction.IN, kind: MessageKind.MESSAGE, ...part });
}

const page = (messages: Message[]) => ({ pages: [{ messages, beforeToken: "", afterToken: "", readSeq: 0n }], pageParams: [""] });
const order = (messages: Message[]): string[] => messagesOf(page(messages)).map((found) => found.messageId);

test("the thread follows the provider's time, its position, then the order of arrival", () => {
  const at = timestamp(DAY);
  const late = message("late", 9, { shownAt: timestamp(DAY - 5000) });
  const second = message("second", 1, { shownAt: at, position: 2n });
  const first = message("first", 2, { shownAt: at, position: 1n });
  const twin = message("twin", 3, { shownAt: at, position: 1n });
  expect(order([second, twin, late, first])).toEqual(["late", "first", "twin", "second"]);
});

test("our own without a receipt stand last, and what was taken back is not shown", () => {
  const queued = message("queued", 1, { direction: Direction.OUT, status: MessageStatus.QUEUED, shownAt: timestamp(DAY - 60_000) });
  const taken = message("taken", 2, { direction: Direction.OUT, status: MessageStatus.CANCELLED });
  expect(order([queued, taken, message("in", 3)])).toEqual(["in", "queued"]);
});

test("an album is one bubble, and the divider stands before the first that is new", () => {
  const messages = [message("a", 1), message("b", 2, { groupKey: "g" }), message("c", 3, { groupKey: "g" })];
  const items = buildItems({ messages, outbox: [], readSeq: 1n, complete: true });
  expect(items.map((item) => item.kind)).toEqual(["beginning", "day", "bubble", "unread", "bubble"]);
  const album = items.at(-1);
  expect(album?.kind === "bubble" && album.messages.length).toBe(2);
  expect(items[3]).toMatchObject({ kind: "unread", n: 2 });
});

test("a message that the server has is not shown a second time from the outbox, and keeps its key", () => {
  const out = { messageId: "x", conversationId: "c", kind: "reply", state: "sending" } as OutItem;
  const before = buildItems({ messages: [], outbox: [out], readSeq: 0n, complete: false });
  const after = buildItems({ messages: [message("x", 4, { direction: Direction.OUT, status: MessageStatus.QUEUED })], outbox: [out], readSeq: 0n, complete: false });
  expect(before.map((item) => item.key)).toEqual(["x"]);
  expect(after.filter((item) => item.key === "x")).toHaveLength(1);
});

test("a thread whose messages were all erased still says where it begins", () => {
  const items = (removed: boolean) => buildItems({ messages: [], outbox: [], readSeq: 0n, complete: true, removed }).map((item) => item.kind);
  expect(items(true)).toEqual(["beginning"]);
  expect(items(false)).toEqual([]);
});
