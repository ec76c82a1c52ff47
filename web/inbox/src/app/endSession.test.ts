import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as EndSession from "./endSession.ts";

const server = vi.hoisted(() => ({ signOut: vi.fn() }));
const inbox = vi.hoisted(() => ({ saveDraft: vi.fn(), getDraft: vi.fn() }));
vi.mock("../rpc/sessions.ts", () => ({ sessions: server }));
vi.mock("../rpc/clients.ts", () => ({ conversations: inbox }));
vi.mock("../rpc/session.ts", () => ({ employeeId: () => "me" }));
vi.mock("../features/inbox/outbox.ts", () => ({ outbox: () => [] }));

const OURS = ["okno.draft.me.c", "okno.outbox.me.m", "okno.notices.me"];
const OTHERS = ["okno.draft.she.c", "okno.outbox.she.m", "okno.notices.she", "okno.language"];
const gone = new ConnectError("fetch failed", Code.Unavailable);

let kept: Map<string, string>;
let went: string[];
let session: typeof EndSession;

beforeEach(async () => {
  vi.resetModules();
  vi.useFakeTimers();
  kept = new Map([...OURS, ...OTHERS].map((name) => [name, "{}"]));
  went = [];
  const storage = new Proxy({}, {
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => ({ getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) })[name as "getItem"],
  });
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("location", { assign: (to: string) => went.push(to) });
  for (const call of [server.signOut, inbox.saveDraft]) call.mockReset();
  session = await import("./endSession.ts");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("who signs out leaves no text of a customer behind, and takes nobody else's", async () => {
  server.signOut.mockResolvedValue({});
  expect(await session.signOut()).toBeUndefined();
  expect([...kept.keys()]).toEqual(OTHERS);
  expect(went).toEqual(["/sign-in"]);
});

test("a sign-out that did not reach the server is none: nothing is erased, nobody is led away", async () => {
  server.signOut.mockRejectedValue(gone);
  expect((await session.signOut())?.reason).toBe("UNAVAILABLE");
  expect([...kept.keys()]).toEqual([...OURS, ...OTHERS]);
  expect(went).toEqual([]);
});

test("drafts are handed to the server first, and counted where it does not take them", async () => {
  const { editDraft } = await import("../features/inbox/drafts.ts");
  kept.clear();
  editDraft("c", { text: "half an answer" });
  inbox.saveDraft.mockRejectedValueOnce(gone).mockResolvedValue({ draft: { etag: "1" } });
  expect(await session.whatIsLeft()).toEqual({ replies: 0, uploads: 0, drafts: 1 });
  expect(await session.whatIsLeft()).toEqual({ replies: 0, uploads: 0, drafts: 0 });
});

test("a draft that was being saved does not come back into the browser", async () => {
  const { editDraft, saveNow } = await import("../features/inbox/drafts.ts");
  let answer = (_: object): void => undefined;
  inbox.saveDraft.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  server.signOut.mockResolvedValue({});
  editDraft("c", { text: "half an answer" });
  saveNow("c");
  await session.signOut();
  answer({ draft: { etag: "1" } });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([...kept.keys()]).toEqual(OTHERS);
  expect(inbox.saveDraft).toHaveBeenCalledTimes(1);
});
