import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WatchResponse, WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { joinByLock } from "./leader.ts";
import type { FeedCommand, FeedMessage } from "./protocol.ts";

const HELLO: WatchResponse = create(WatchResponseSchema, { resumeToken: "1", what: { case: "hello", value: { version: "v1" } } });

vi.mock("./watch.ts", () => ({
  createWatch: () =>
    async function* (_token: string, signal: AbortSignal) {
      yield HELLO;
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    },
}));

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("location", { origin: "http://127.0.0.1" });
});
afterEach(() => void vi.unstubAllGlobals());

const kinds = (told: readonly FeedMessage[]): string[] => told.map((message) => (message.kind === "response" && message.fresh ? "fresh" : message.kind));

test("a tab that joins the worker's running stream is told to begin anew, once and alone", async () => {
  const scope: { onconnect?: (event: { ports: unknown[] }) => void; location: object } = { location: { origin: "http://127.0.0.1" } };
  vi.stubGlobal("self", scope);
  await import("./worker.ts");
  const join = (): FeedMessage[] => {
    const told: FeedMessage[] = [];
    const port = { postMessage: (message: FeedMessage) => told.push(message), onmessage: (_: { data: FeedCommand }): void => undefined };
    scope.onconnect?.({ ports: [port] });
    port.onmessage({ data: { kind: "start", employeeId: "e" } });
    return told;
  };
  const first = join();
  await vi.waitFor(() => expect(kinds(first)).toContain("fresh"));
  const second = join();
  expect(kinds(second)).toEqual(["state", "joined"]);
  expect(second[1]).toEqual({ kind: "joined", version: "v1" });
  expect(kinds(first)).not.toContain("joined");
});

/** Locks as a browser gives them: one after another. */
function stubLocks(): void {
  let line = Promise.resolve();
  const request = (_name: string, { signal }: { signal: AbortSignal }, run: () => Promise<void>): Promise<void> => (line = line.then(() => (signal.aborted ? undefined : run())));
  vi.stubGlobal("navigator", { locks: { request } });
}

test("a tab that finds another one leading is told so as well; the others hear nothing of it", async () => {
  stubLocks();
  const tabs = [[], []] as FeedMessage[][];
  const leaveFirst = joinByLock("e", (message) => tabs[0]?.push(message));
  await vi.waitFor(() => expect(kinds(tabs[0] ?? [])).toContain("fresh"));
  const leaveSecond = joinByLock("e", (message) => tabs[1]?.push(message));
  await vi.waitFor(() => expect(kinds(tabs[1] ?? [])).toEqual(["state", "joined"]));
  expect(kinds(tabs[0] ?? [])).not.toContain("joined");
  for (const leave of [leaveSecond, leaveFirst]) leave({ kind: "leave" });
});
