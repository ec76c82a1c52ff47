import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerFrame } from "../../shared/protocol.ts";
import { Connection, type Status } from "./connection.ts";
import { events } from "./stream.ts";
import type { Ears, Open } from "./transport.ts";

const WELCOME: ServerFrame = { t: "welcome", messages: [], more: false, unread: 0, known: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(ways = 1) {
  const lines: { way: number; ears: Ears; closed: boolean }[] = [];
  const seen: Status[] = [];
  const forgotten = { times: 0 };
  const open = (way: number): Open => (_, ears) => {
    const line = { way, ears, closed: false };
    lines.push(line);
    return { send: () => undefined, close: () => void (line.closed = true) };
  };
  const connection = new Connection({
    ways: Array.from({ length: ways }, (_, way) => open(way)),
    hello: () => ({ t: "hello", v: 1, lang: "ru", tz: "UTC" }),
    frame: () => undefined,
    status: (status) => seen.push(status),
    unknown: () => void (forgotten.times += 1),
  });
  const last = () => lines.at(-1) ?? expect.fail("no line");
  return { connection, lines, seen, last, forgotten };
}

test("is online with the welcome, and comes again when the line breaks", () => {
  const { connection, lines, seen, last } = world();
  connection.start();
  last().ears.frame(WELCOME);
  last().ears.closed({ code: 1006 });
  vi.advanceTimersByTime(500);
  expect(seen).toEqual(["connecting", "online", "waiting", "connecting"]);
  expect(lines).toHaveLength(2);
});

test("comes when the server says after a restart, not before", () => {
  const { connection, lines, last } = world();
  connection.start();
  last().ears.frame(WELCOME);
  last().ears.closed({ code: 1012, retry_ms: 5000 });
  vi.advanceTimersByTime(4999);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(lines).toHaveLength(2);
});

test("a line that says nothing for a minute is dead, a ping keeps it alive", () => {
  const { connection, last, seen } = world();
  connection.start();
  last().ears.frame(WELCOME);
  vi.advanceTimersByTime(59_000);
  last().ears.frame({ t: "ping" });
  vi.advanceTimersByTime(59_000);
  expect(seen.at(-1)).toBe("online");
  vi.advanceTimersByTime(1000);
  expect(seen.at(-1)).toBe("waiting");
  expect(last().closed).toBe(true);
});

test("after two failures the other way is tried, and the way that works stays", () => {
  const { connection, lines, last } = world(2);
  connection.start();
  for (let n = 0; n < 2; n += 1) {
    last().ears.closed({ code: 1006 });
    vi.advanceTimersByTime(1000);
  }
  expect(lines.map(({ way }) => way)).toEqual([0, 0, 1]);
  expect(connection.streaming).toBe(true);
  last().ears.frame(WELCOME);
  last().ears.closed({ code: 1006 });
  vi.advanceTimersByTime(5000);
  expect(lines.map(({ way }) => way)).toEqual([0, 0, 1, 1]);
});

test("after a stable minute on the second way the first is tried again, and one failure leads back", () => {
  const { connection, lines, last } = world(2);
  connection.start();
  for (let n = 0; n < 2; n += 1) {
    last().ears.closed({ code: 1006 });
    vi.advanceTimersByTime(1000);
  }
  last().ears.frame(WELCOME);
  for (let n = 0; n < 3; n += 1) {
    vi.advanceTimersByTime(25_000);
    last().ears.frame({ t: "ping" });
  }
  last().ears.closed({ code: 1006 });
  vi.advanceTimersByTime(1000);
  expect([last().way, connection.streaming]).toEqual([0, false]);
  last().ears.closed({ code: 1006 });
  vi.advanceTimersByTime(1000);
  expect(lines.map(({ way }) => way)).toEqual([0, 0, 1, 0, 1]);
});

test("the same after a rest", () => {
  const { connection, last } = world(2);
  connection.start();
  for (let n = 0; n < 2; n += 1) {
    last().ears.closed({ code: 1006 });
    vi.advanceTimersByTime(1000);
  }
  last().ears.frame(WELCOME);
  for (let n = 0; n < 3; n += 1) {
    vi.advanceTimersByTime(25_000);
    last().ears.frame({ t: "ping" });
  }
  connection.stop();
  connection.start();
  expect(last().way).toBe(0);
});

test("a bad token is forgotten, a wrong origin ends it", () => {
  const { connection, lines, last, forgotten, seen } = world();
  connection.start();
  last().ears.closed({ code: 4401 });
  expect(forgotten.times).toBe(1);
  vi.advanceTimersByTime(1000);
  last().ears.closed({ code: 4403 });
  vi.advanceTimersByTime(600_000);
  expect(lines).toHaveLength(2);
  expect(seen.at(-1)).toBe("refused");
});

test("what an old line still says is not heard", () => {
  const { connection, lines, seen } = world();
  connection.start();
  lines[0]?.ears.closed({ code: 1006 });
  vi.advanceTimersByTime(1000);
  lines[0]?.ears.frame(WELCOME);
  lines[0]?.ears.closed({ code: 1006 });
  expect(seen).toEqual(["connecting", "waiting", "connecting"]);
});

test("an event stream is cut at its borders, wherever the network cuts it", async () => {
  vi.useRealTimers();
  const text = 'data: {"t":"ping"}\n\n: comment\n\ndata: {"a":\r\ndata: "ё"}\r\n\r\n';
  const bytes = new TextEncoder().encode(text);
  for (const step of [1, 3, 7, 1000]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += step) controller.enqueue(bytes.slice(at, at + step));
        controller.close();
      },
    });
    const found: string[] = [];
    for await (const data of events(body)) found.push(data);
    expect(found.map((data) => JSON.parse(data) as unknown)).toEqual([{ t: "ping" }, { a: "ё" }]);
  }
});
