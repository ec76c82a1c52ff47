import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { draftOf, editDraft, type Mode } from "../drafts.ts";
import { send, undoSend } from "./send.ts";
import { setUndo, type Undo } from "./undo.ts";

const server = vi.hoisted(() => ({ getDraft: vi.fn(), saveDraft: vi.fn() }));
const outbox = vi.hoisted(() => ({ enqueue: vi.fn(), takeBack: vi.fn() }));
const toasts = vi.hoisted(() => ({ toast: vi.fn() }));
vi.mock("../../../rpc/clients.ts", () => ({ conversations: server }));
vi.mock("../../../rpc/session.ts", () => ({ employeeId: () => "me" }));
vi.mock("../outbox.ts", () => outbox);
vi.mock("../../../ui/toasts.ts", () => toasts);
vi.mock("./undo.ts", () => ({ setUndo: vi.fn() }));

const file = (fileId: string) => ({ fileId, name: fileId, mimeType: "text/plain", sizeBytes: 1 });
const C = "c";

function sendNow(mode: Mode, at?: number): void {
  send({ conversationId: C, draft: { ...draftOf(C), mode }, mentions: [], delaySeconds: 5, at });
}

/** What the strip's button and the key take back. */
const offered = (): Undo => vi.mocked(setUndo).mock.calls.flatMap(([undo]) => undo ?? []).at(-1) as Undo;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
  for (const call of [outbox.enqueue, toasts.toast, vi.mocked(setUndo)]) call.mockReset();
  server.saveDraft.mockResolvedValue({ draft: { etag: "1" } });
  outbox.takeBack.mockResolvedValue("taken-back");
  editDraft(C, { mode: "reply", text: "", noteText: "", replyTo: "", files: [] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a reply that is taken back returns whole into an empty field", async () => {
  editDraft(C, { text: "first", replyTo: "q", files: [file("a")] });
  sendNow("reply");
  expect(draftOf(C)).toMatchObject({ text: "", replyTo: "", files: [] });
  await undoSend(offered());
  expect(draftOf(C)).toMatchObject({ mode: "reply", text: "first", replyTo: "q", files: [file("a")] });
});

test("what was written, attached and quoted since stays when a reply is taken back", async () => {
  editDraft(C, { text: "first", replyTo: "q", files: [file("a")] });
  sendNow("reply");
  editDraft(C, { text: "second", noteText: "a note", replyTo: "other", files: [file("b")] });
  await undoSend(offered());
  expect(draftOf(C)).toMatchObject({ text: "second\nfirst", noteText: "a note", replyTo: "other", files: [file("b"), file("a")] });
});

test("so it does when a reply that was to go later is taken back by its toast", async () => {
  editDraft(C, { text: "first" });
  sendNow("reply", Date.now() + 60_000);
  editDraft(C, { text: "second" });
  const [, { undo }] = toasts.toast.mock.calls.at(-1) as [string, { undo: () => void }];
  undo();
  await vi.advanceTimersByTimeAsync(0);
  expect(draftOf(C).text).toBe("second\nfirst");
});
