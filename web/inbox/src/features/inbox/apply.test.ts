import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import { type Conversation, ConversationSchema, MessageSchema, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { timestamp } from "../../rpc/clock.ts";
import { applyConversations, applyMessages, patchList, patchThread } from "./apply.ts";
import { keys, type ListData, rowsOf, type ThreadData } from "./cache.ts";
import { type ListFilter, NO_VALUES } from "./filter.ts";
import { inboxFolders } from "./views.ts";

const ME = "me";
const ALL: ListFilter = { view: "all", query: "", values: NO_VALUES, flags: [], saved: false, order: "activity" };
const MINE: ListFilter = { ...ALL, view: "mine" };

function row(id: string, revision: number, activity: number, part: Exclude<MessageInitShape<typeof ConversationSchema>, Conversation> = {}): Conversation {
  return create(ConversationSchema, { conversationId: id, revision: BigInt(revision), lastActivityAt: timestamp(activity * 1000), ...part });
}

function list(rows: Conversation[], nextPageToken = ""): ListData {
  return { pages: [{ conversations: rows, nextPageToken }], pageParams: [""] };
}

const ids = (data: ListData): string[] => rowsOf(data).map((found) => found.conversationId);
const request = (assigneeEmployeeId: string, state = RequestState.IN_WORK) => ({ requestId: "r", state, assigneeEmployeeId });

describe("news of conversations", () => {
  test("a second run of the same news changes nothing", () => {
    const data = list([row("a", 1, 10)]);
    const news = { asked: ["a", "b"], rows: [row("a", 2, 20), row("b", 1, 30)] };
    const once = patchList(data, ALL, ME, news);
    expect(ids(once).sort()).toEqual(["a", "b"]);
    expect(rowsOf(patchList(once, ALL, ME, news))).toEqual(rowsOf(once));
  });

  test("a row that is moved to another folder leaves this one and comes into that one; the inbox names none", () => {
    inboxFolders.set("inbox", "mailbox");
    const of = (folder: string): ListFilter => ({ ...ALL, values: { ...NO_VALUES, folder: [folder] } });
    const at = (revision: number, folderId: string, accountId = "mailbox"): Conversation => row("a", revision, 10, { accountId, folderId });
    const moved = { asked: ["a"], rows: [at(2, "bills")] };
    expect(ids(patchList(list([at(1, "")]), of("inbox"), ME, moved))).toEqual([]);
    expect(ids(patchList(list([]), of("bills"), ME, moved))).toEqual(["a"]);
    const back = { asked: ["a"], rows: [at(3, "")] };
    expect(ids(patchList(list([]), of("inbox"), ME, back))).toEqual(["a"]);
    expect(ids(patchList(list([at(2, "bills")]), of("bills"), ME, back))).toEqual([]);
    expect(ids(patchList(list([]), of("inbox"), ME, { asked: ["a"], rows: [at(3, "", "another")] }))).toEqual([]);
  });

  test("an older revision never overwrites a newer one", () => {
    const data = list([row("a", 5, 10)]);
    expect(patchList(data, ALL, ME, { asked: ["a"], rows: [row("a", 4, 99)] })).toBe(data);
  });

  test("an equal revision is taken, for unread belongs to the reader", () => {
    const next = patchList(list([row("a", 5, 10)]), ALL, ME, { asked: ["a"], rows: [row("a", 5, 10, { unread: 3 })] });
    expect(rowsOf(next)[0]?.unread).toBe(3);
  });

  test("what was asked for and did not come has left our sight", () => {
    expect(ids(patchList(list([row("a", 1, 10), row("b", 1, 5)]), ALL, ME, { asked: ["a"], rows: [] }))).toEqual(["b"]);
  });

  test("a conversation that was merged makes room for the one that stays", () => {
    const next = patchList(list([row("old", 1, 10)]), ALL, ME, { asked: ["old"], rows: [row("stays", 2, 20, { mergedIds: ["old"] })] });
    expect(ids(next)).toEqual(["stays"]);
  });

  test("a row leaves a view that it no longer fits, and enters one that it fits now", () => {
    const given = row("a", 2, 10, { request: request("other") });
    expect(ids(patchList(list([row("a", 1, 10, { request: request(ME) })]), MINE, ME, { asked: ["a"], rows: [given] }))).toEqual([]);
    const taken = row("b", 2, 10, { request: request(ME) });
    expect(ids(patchList(list([]), MINE, ME, { asked: ["b"], rows: [taken] }))).toEqual(["b"]);
  });

  test("a row below the loaded stretch waits for its page", () => {
    const data = list([row("a", 1, 100), row("b", 1, 90)], "next");
    expect(patchList(data, ALL, ME, { asked: ["c"], rows: [row("c", 1, 10)] })).toBe(data);
    expect(ids(patchList(data, ALL, ME, { asked: ["c"], rows: [row("c", 1, 95)] }))).toContain("c");
  });

  test("a search never gains rows by itself", () => {
    const data = list([]);
    expect(patchList(data, { ...ALL, query: "окно" }, ME, { asked: ["a"], rows: [row("a", 1, 10)] })).toBe(data);
  });

  test("the open conversation turns into nothing when it is no longer ours to see", () => {
    const client = new QueryClient();
    client.setQueryData(keys.conversation("a"), row("a", 1, 10));
    applyConversations(client, ME, { asked: ["a"], rows: [] });
    expect(client.getQueryData(keys.conversation("a"))).toBeNull();
  });
});

describe("news of messages", () => {
  const message = (id: string, text: string) => create(MessageSchema, { messageId: id, conversationId: "c", content: { text } });
  const thread = (texts: Record<string, string>, afterToken = ""): ThreadData => ({
    pages: [{ messages: Object.entries(texts).map(([id, text]) => message(id, text)), beforeToken: "", afterToken, readSeq: 0n }],
    pageParams: [""],
  });
  const texts = (data: ThreadData | undefined): (string | undefined)[] => data?.pages.flatMap((page) => page.messages.map((found) => found.content?.text)) ?? [];

  test("a changed message is replaced in its place, a new one follows", () => {
    expect(texts(patchThread(thread({ a: "1", b: "2" }), [message("a", "1!"), message("c", "3")]))).toEqual(["1!", "2", "3"]);
  });

  test("while a stretch in the middle is shown, what is newer waits for its page", () => {
    const data = thread({ a: "1" }, "more");
    expect(patchThread(data, [message("z", "9")])).toBe(data);
  });

  test("of two answers the one that was asked for later wins", () => {
    const client = new QueryClient();
    client.setQueryData(keys.thread("c", "0"), thread({ x: "sending" }));
    applyMessages(client, [message("x", "sent")], 200);
    applyMessages(client, [message("x", "queued")], 100);
    expect(texts(client.getQueryData<ThreadData>(keys.thread("c", "0")))).toEqual(["sent"]);
  });
});
