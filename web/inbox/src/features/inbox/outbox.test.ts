import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as Outbox from "./outbox.ts";

const server = vi.hoisted(() => ({ sendMessage: vi.fn(), cancelMessage: vi.fn(), addNote: vi.fn() }));
vi.mock("../../rpc/clients.ts", () => ({ conversations: server }));
vi.mock("../../rpc/session.ts", () => ({ employeeId: () => "me" }));
vi.mock("../../rpc/live/hub.ts", () => ({ liveState: () => "connecting", onLiveState: () => () => undefined }));

type Tab = { outbox: typeof Outbox; hear: (event: { key: string | null }) => void };

let kept: Map<string, string>;
let tabs: Tab[];

/** Storage that tells the other tabs, as browsers do. */
function write(name: string, value: string | undefined): void {
  if (value === undefined) kept.delete(name);
  else kept.set(name, value);
  queueMicrotask(() => tabs.forEach(({ hear }) => hear({ key: name })));
}

/** One turn after another for each name. */
function stubLocks(): void {
  const lines = new Map<string, Promise<unknown>>();
  const request = <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const turn = (lines.get(name) ?? Promise.resolve()).then(act);
    lines.set(name, turn.catch(() => undefined));
    return turn;
  };
  vi.stubGlobal("navigator", { locks: { request } });
}

async function openTab(): Promise<Tab> {
  vi.resetModules();
  const outbox = await import("./outbox.ts");
  const tab: Tab = { outbox, hear: () => undefined };
  vi.stubGlobal("addEventListener", (_: string, hear: Tab["hear"]) => (tab.hear = hear));
  outbox.openOutbox();
  tabs.push(tab);
  return tab;
}

const item = (messageId: string) => ({ messageId, conversationId: "c", kind: "reply" as const, text: messageId, files: [], replyTo: "", mentions: [], createdAt: 1, notBefore: 0 });
const sent = (): string[] => server.sendMessage.mock.calls.map(([{ messageId }]) => messageId as string);
const lost = new ConnectError("gone", Code.Unavailable);

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  tabs = [];
  const storage = new Proxy({}, {
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => ({ getItem: (key: string) => kept.get(key) ?? null, setItem: write, removeItem: (key: string) => write(key, undefined) })[name as "getItem"],
  });
  vi.stubGlobal("localStorage", storage);
  stubLocks();
  for (const call of Object.values(server)) call.mockReset();
  server.sendMessage.mockResolvedValue({ messages: [] });
  server.cancelMessage.mockResolvedValue({ messages: [] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what one tab takes back no other tab sends", async () => {
  const [first, second] = [await openTab(), await openTab()];
  server.sendMessage.mockRejectedValue(lost);
  first.outbox.enqueue(item("m"));
  await vi.advanceTimersByTimeAsync(100);
  expect(second.outbox.outbox().map(({ messageId }) => messageId)).toEqual(["m"]);
  expect(sent().length).toBeLessThanOrEqual(2); // each tab once, not in turn without end
  server.sendMessage.mockReset().mockResolvedValue({ messages: [] });
  expect(await first.outbox.takeBack("m")).toBe("taken-back");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toEqual([]);
  expect(second.outbox.outbox()).toEqual([]);
});

test("before it sends, a tab looks whether the item is still there, heard or not", async () => {
  const first = await openTab();
  server.sendMessage.mockRejectedValueOnce(lost);
  first.outbox.enqueue(item("m"));
  await vi.advanceTimersByTimeAsync(100);
  first.hear = () => undefined;
  kept.clear();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent()).toEqual(["m"]);
  expect(first.outbox.outbox()).toEqual([]);
});

test("one tab sends an item that both know", async () => {
  kept.set("okno.outbox.me.m", JSON.stringify({ ...item("m"), state: "waiting" }));
  await openTab();
  await openTab();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent()).toEqual(["m"]);
  expect(kept.size).toBe(0);
});

test("what changes who may write holds up what is written after it", async () => {
  const { outbox } = await openTab();
  const { inTurn } = await import("../../rpc/turns.ts");
  let taken = (): void => undefined;
  void inTurn(outbox.turnOf({ conversationId: "c" }), () => new Promise<void>((resolve) => (taken = resolve)));
  outbox.enqueue(item("m"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent()).toEqual([]);
  taken();
  await vi.advanceTimersByTimeAsync(100);
  expect(sent()).toEqual(["m"]);
});

test("what cannot be stored is sent all the same", async () => {
  const tab = await openTab();
  vi.stubGlobal("localStorage", undefined);
  tab.outbox.enqueue(item("m"));
  await vi.advanceTimersByTimeAsync(100);
  expect(sent()).toEqual(["m"]);
});

test("a spoiled entry is dropped, the others are sent", async () => {
  kept.set("okno.outbox.me.x", "{");
  kept.set("okno.outbox.me.y", '{"messageId":"y"}');
  kept.set("okno.outbox.me.m", JSON.stringify({ ...item("m"), state: "sending" }));
  await openTab();
  await vi.advanceTimersByTimeAsync(100);
  expect(sent()).toEqual(["m"]);
  expect([...kept.keys()]).toEqual([]);
});
