import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConversationSchema, Direction, MessageKind, MessageSchema } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { EmployeeSchema } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { NoticeFeed } from "./feed.ts";

const server = vi.hoisted(() => ({ batchGetConversations: vi.fn(), batchGetMessages: vi.fn() }));
vi.mock("../../rpc/clients.ts", () => ({ conversations: server }));

const me = create(EmployeeSchema, { employeeId: "me" });
const written = (messageId: string) => ({
  response: create(WatchResponseSchema, { what: { case: "event", value: { what: { case: "conversationChanged", value: { conversationId: "c", inbound: true, messageIds: [messageId] } } } } }),
  fresh: false,
});

/** Two tabs of a profile; `lead` is the one that leads. */
function tabs() {
  const state = { lead: 0, told: [[], []] as string[][] };
  const feeds = [0, 1].map(
    (tab): NoticeFeed =>
      new NoticeFeed({
        me: () => me,
        isLead: () => state.lead === tab,
        say: (ids) => feeds[1 - tab]?.hearTold(ids),
        tell: (facts) => state.told[tab]?.push(...facts.map(({ message }) => message.messageId)),
      }),
  );
  const hear = (id: string): void => feeds.forEach((feed) => feed.receive(written(id)));
  const pass = (to: number): void => {
    state.lead = to;
    feeds[to]?.lead();
  };
  return { state, feeds, hear, pass };
}

beforeEach(() => {
  vi.useFakeTimers();
  server.batchGetConversations.mockReset().mockResolvedValue({ conversations: [create(ConversationSchema, { conversationId: "c" })] });
  server.batchGetMessages.mockReset().mockImplementation(({ messageIds }: { messageIds: string[] }) =>
    Promise.resolve({ messages: messageIds.map((messageId) => create(MessageSchema, { messageId, conversationId: "c", kind: MessageKind.MESSAGE, direction: Direction.IN })) }),
  );
});
afterEach(() => void vi.useRealTimers());

test("what the leading tab has collected and not told, the next one tells", async () => {
  const { state, feeds, hear, pass } = tabs();
  hear("m1");
  await vi.advanceTimersByTimeAsync(100);
  feeds[0]?.stop();
  await vi.advanceTimersByTimeAsync(2_000);
  pass(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.told).toEqual([[], ["m1"]]);
});

test("what the leading tab has told nobody tells again", async () => {
  const { state, hear, pass } = tabs();
  hear("m1");
  await vi.advanceTimersByTimeAsync(1_000);
  pass(1);
  hear("m2");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.told).toEqual([["m1"], ["m2"]]);
  expect(server.batchGetMessages).toHaveBeenCalledTimes(2);
});

test("a lead that moves while the server answers tells once", async () => {
  const { state, hear, pass } = tabs();
  let answer = (_: object): void => undefined;
  server.batchGetConversations.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  hear("m1");
  await vi.advanceTimersByTimeAsync(300);
  pass(1);
  answer({ conversations: [create(ConversationSchema, { conversationId: "c" })] });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(state.told).toEqual([[], ["m1"]]);
});
