import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Conversation, ConversationSchema } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { arrange } from "./useHeldOrder.ts";

const row = (id: string, seconds: number, unread = 0): Conversation =>
  create(ConversationSchema, { conversationId: id, unread, lastActivityAt: { seconds: BigInt(seconds), nanos: 0 } });
const activity = (seconds: number): bigint => BigInt(seconds) * 1_000_000_000n;
const held = {
  order: ["a", "b", "c"],
  activity: new Map([
    ["a", activity(30)],
    ["b", activity(20)],
    ["c", activity(10)],
  ]),
};

test("while the list is held nothing moves, and what is new is counted", () => {
  const { rows, waiting } = arrange(held, [row("new", 60, 1), row("c", 50, 2), row("a", 30), row("b", 20)]);
  expect(rows.map((found) => found.conversationId)).toEqual(["a", "b", "c"]);
  expect(waiting).toBe(2);
  expect(rows[2]?.unread).toBe(2);
});

test("a page loaded below follows, and what left is gone", () => {
  const { rows, waiting } = arrange(held, [row("a", 30), row("c", 10), row("d", 5), row("e", 4)]);
  expect(rows.map((found) => found.conversationId)).toEqual(["a", "c", "d", "e"]);
  expect(waiting).toBe(0);
});
