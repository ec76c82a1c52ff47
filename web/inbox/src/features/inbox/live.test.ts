import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConversationSchema, Direction, MessageKind, MessageSchema, MessageStatus } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { timestamp } from "../../rpc/clock.ts";
import { keys, type ListData, rowsOf, type ThreadData } from "./cache.ts";
import { type ListFilter, NO_VALUES } from "./filter.ts";
import { InboxFeed } from "./live.ts";

const server = vi.hoisted(() => ({ batchGetConversations: vi.fn(), batchGetMessages: vi.fn(), listConversations: vi.fn(), getDraft: vi.fn() }));
vi.mock("../../rpc/clients.ts", () => ({ conversations: server }));

const ALL: ListFilter = { view: "all", query: "", values: NO_VALUES, flags: [], saved: false, order: "activity" };
const row = (id: string, revision: number) => create(ConversationSchema, { conversationId: id, revision: BigInt(revision), lastActivityAt: timestamp(revision * 1000) });
const message = (id: string, text: string) => create(MessageSchema, { messageId: id, conversationId: "a", content: { text } });
const changed = (revision: number, messageIds: string[] = []) =>
  create(WatchResponseSchema, { what: { case: "event", value: { what: { case: "conversationChanged", value: { conversationId: "a", revision: BigInt(revision), messageIds } } } } });
const hello = create(WatchResponseSchema, { what: { case: "hello", value: {} } });

let client: QueryClient;
let feed: InboxFeed;

/** Fetches that the test answers, one after another. */
function asked<T>(queryKey: readonly unknown[]): ((data: T) => void)[] {
  const answers: ((data: T) => void)[] = [];
  const options = { queryKey, queryFn: () => new Promise<T>((resolve) => answers.push(resolve)), retry: false };
  void client.fetchQuery({ ...options, staleTime: 0 });
  return answers;
}

const listOf = (revision: number): ListData => ({ pages: [{ conversations: [row("a", revision)], nextPageToken: "" }], pageParams: [""] });
const threadOf = (...messages: ReturnType<typeof message>[]): ThreadData => ({ pages: [{ messages, beforeToken: "", afterToken: "", readSeq: 0n }], pageParams: [""] });
const shown = (): bigint[] => rowsOf(client.getQueryData<ListData>(keys.list(ALL))).map(({ revision }) => revision);

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  feed = new InboxFeed(client, "me");
  server.batchGetConversations.mockReset().mockResolvedValue({ conversations: [row("a", 2)] });
  server.batchGetMessages.mockReset().mockResolvedValue({ messages: [message("m2", "new")] });
});
afterEach(() => {
  feed.stop();
  client.clear();
  vi.useRealTimers();
});

test.each([
  ["the first fetch of a list", undefined],
  ["a list that is fetched again", listOf(1)],
])("news during %s outlive its older answer", async (_, before) => {
  if (before) client.setQueryData(keys.list(ALL), before);
  const answers = asked<ListData>(keys.list(ALL));
  feed.receive({ response: changed(2), fresh: false });
  await vi.advanceTimersByTimeAsync(200);
  answers[0]?.(listOf(1));
  await vi.advanceTimersByTimeAsync(200);
  expect(shown()).toEqual([2n]);
  expect(server.batchGetConversations).toHaveBeenCalledTimes(2);
});

test("an event of which the page knows already is not lost either when an older list comes", async () => {
  client.setQueryData(keys.conversation("a"), row("a", 2));
  const answers = asked<ListData>(keys.list(ALL));
  feed.receive({ response: changed(2), fresh: false });
  await vi.advanceTimersByTimeAsync(200);
  answers[0]?.(listOf(1));
  await vi.advanceTimersByTimeAsync(200);
  expect(shown()).toEqual([2n]);
});

test("a message that comes while its thread is fetched stands in it afterwards", async () => {
  const key = keys.thread("a", "0");
  const answers = asked<ThreadData>(key);
  feed.receive({ response: changed(2, ["m2"]), fresh: false });
  await vi.advanceTimersByTimeAsync(200);
  answers[0]?.(threadOf(message("m1", "old")));
  await vi.advanceTimersByTimeAsync(200);
  expect(client.getQueryData<ThreadData>(key)?.pages[0]?.messages.map(({ messageId }) => messageId)).toEqual(["m1", "m2"]);
});

test("a stream that begins during the first fetch has it asked once more", async () => {
  const answers = asked<ListData>(keys.list(ALL));
  const query = client.getQueryCache().find({ queryKey: keys.list(ALL) });
  feed.receive({ response: hello, fresh: true });
  answers[0]?.(listOf(1));
  await vi.advanceTimersByTimeAsync(0);
  expect(query?.state.isInvalidated).toBe(true);
});

test("a question that is refused is put three times, then all is loaded anew", async () => {
  client.setQueryData(keys.list(ALL), listOf(1));
  server.batchGetConversations.mockRejectedValue(new ConnectError("no", Code.Internal));
  feed.receive({ response: changed(2), fresh: false });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.batchGetConversations).toHaveBeenCalledTimes(3);
  expect(client.getQueryState(keys.list(ALL))?.isInvalidated).toBe(true);
});

test("a question that is lost is put until it arrives", async () => {
  client.setQueryData(keys.list(ALL), listOf(1));
  for (let n = 0; n < 5; n += 1) server.batchGetConversations.mockRejectedValueOnce(new ConnectError("gone", Code.Unavailable));
  feed.receive({ response: changed(2), fresh: false });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown()).toEqual([2n]);
});

const NOT_SENT: ListFilter = { ...ALL, flags: ["notSent"] };
const last = { sent: { status: MessageStatus.SENT }, failed: { status: MessageStatus.FAILED }, theirs: { direction: Direction.IN } };

test.each([
  ["a message of ours that is on its way", "sent", true, 0, []],
  ["a failure", "failed", true, 1, ["a"]],
  ["a failure that was sent again in another dialog", "failed", false, 1, []],
  ["what the customer wrote after a failure", "theirs", true, 1, ["a"]],
  ["what the customer wrote after our answer", "theirs", false, 1, []],
] as const)("whether something is not sent is the server's to say: %s", async (_, which, listed, questions, expected) => {
  const lastMessage = { direction: Direction.OUT, kind: MessageKind.MESSAGE, ...last[which] };
  const { conversationId, revision, lastActivityAt } = row("a", 2);
  const changedRow = create(ConversationSchema, { conversationId, revision, lastMessage, ...(lastActivityAt && { lastActivityAt }) });
  client.setQueryData(keys.list(NOT_SENT), { pages: [{ conversations: [], nextPageToken: "" }], pageParams: [""] });
  const observer = new QueryObserver(client, { queryKey: keys.list(NOT_SENT) });
  const off = observer.subscribe(() => undefined);
  server.batchGetConversations.mockResolvedValue({ conversations: [changedRow] });
  server.listConversations.mockReset().mockResolvedValue({ conversations: listed ? [row("b", 9), changedRow] : [row("b", 9)] });
  feed.receive({ response: changed(2), fresh: false });
  await vi.advanceTimersByTimeAsync(200);
  off();
  expect(server.listConversations).toHaveBeenCalledTimes(questions);
  expect(rowsOf(client.getQueryData<ListData>(keys.list(NOT_SENT))).map(({ conversationId }) => conversationId)).toEqual(expected);
});
