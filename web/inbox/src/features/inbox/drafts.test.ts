import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as Drafts from "./drafts.ts";

const server = vi.hoisted(() => ({ getDraft: vi.fn(), saveDraft: vi.fn() }));
const files = vi.hoisted(() => ({ getFile: vi.fn() }));
vi.mock("../../rpc/clients.ts", () => ({ conversations: server }));
vi.mock("../../rpc/files.ts", () => ({ files }));
vi.mock("../../rpc/session.ts", () => ({ employeeId: () => "me" }));

let drafts: typeof Drafts;

/** An answer that the test gives when it wants to. */
function open<T>(): { promise: Promise<T>; answer: (value: T) => void } {
  let answer = (_: T): void => undefined;
  const promise = new Promise<T>((resolve) => (answer = resolve));
  return { promise, answer };
}

const saved = (): string[] => server.saveDraft.mock.calls.map(([{ draft }]) => (draft as { text: string }).text);

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  const kept: Record<string, string> = {};
  const storage = { getItem: (name: string) => kept[name] ?? null, setItem: (name: string, value: string) => void (kept[name] = value), removeItem: (name: string) => void delete kept[name] };
  vi.stubGlobal("localStorage", storage);
  for (const call of [server.getDraft, server.saveDraft, files.getFile]) call.mockReset();
  server.saveDraft.mockResolvedValue({ draft: { etag: "2" } });
  drafts = await import("./drafts.ts");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is typed while the server's draft and its files load stays", async () => {
  const file = open<object>();
  server.getDraft.mockResolvedValue({ draft: { text: "theirs", noteText: "", fileIds: ["f"], replyToMessageId: "", etag: "1" } });
  files.getFile.mockReturnValue(file.promise);
  drafts.draftOf("c");
  drafts.hearDraft("c", "1");
  await vi.advanceTimersByTimeAsync(0);
  drafts.editDraft("c", { text: "mine" });
  file.answer({ file: undefined });
  await vi.advanceTimersByTimeAsync(0);
  expect(drafts.draftOf("c")).toMatchObject({ text: "mine", dirty: true, theirs: { text: "theirs" } });
});

test("a field that is emptied while a save is under way is emptied on the server as well", async () => {
  const first = open<object>();
  server.saveDraft.mockReturnValueOnce(first.promise);
  drafts.editDraft("c", { text: "sent" });
  drafts.saveNow("c");
  drafts.clearDraft("c", "reply");
  first.answer({ draft: { etag: "2" } });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(saved()).toEqual(["sent", ""]);
  expect(drafts.draftOf("c").dirty).toBe(false);
});

test("a save that fails is tried again, less and less often", async () => {
  server.saveDraft.mockRejectedValue(new ConnectError("gone", Code.Unavailable));
  drafts.editDraft("c", { text: "mine" });
  drafts.saveNow("c");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(saved()).toHaveLength(4); // at 0, 4, 12 and 28 seconds
  server.saveDraft.mockResolvedValue({ draft: { etag: "2" } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(drafts.draftOf("c").dirty).toBe(false);
});

test.each(["{", "null", "[]", '{"text":5}', '{"text":"","noteText":"","replyTo":"","files":[null],"mode":"reply","etag":"","dirty":false}'])("a spoiled entry %s is dropped", (entry) => {
  localStorage.setItem("okno.draft.me.c", entry);
  expect(drafts.draftOf("c").text).toBe("");
  expect(localStorage.getItem("okno.draft.me.c")).toBeNull();
});

test("what another tab's sign-out forgets is forgotten here too, and what was written last is stored before the page goes", async () => {
  const page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  drafts.followDrafts();
  drafts.editDraft("c", { text: "half an answer" });
  page.dispatchEvent(new Event("pagehide"));
  expect(localStorage.getItem("okno.draft.me.c")).toContain("half an answer");

  localStorage.removeItem("okno.draft.me.c");
  page.dispatchEvent(Object.assign(new Event("storage"), { key: "okno.draftsForgotten", newValue: "me" }));
  drafts.saveNow("c");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(localStorage.getItem("okno.draft.me.c")).toBeNull();
  expect(saved()).toEqual([]);
});
