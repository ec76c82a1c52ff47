import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hearTyping, tellTyping, typingIn } from "./typing.ts";

const server = vi.hoisted(() => ({ signalTyping: vi.fn() }));
vi.mock("../../rpc/clients.ts", () => ({ conversations: server }));

beforeEach(() => {
  vi.useFakeTimers();
  server.signalTyping.mockReset().mockResolvedValue({});
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

test("several who type in one conversation are all known, each for as long as it lasts", () => {
  hearTyping("c", "");
  vi.advanceTimersByTime(4_000);
  hearTyping("c", "boris");
  expect(typingIn("c")).toEqual(["", "boris"]);
  vi.advanceTimersByTime(3_000);
  expect(typingIn("c")).toEqual(["boris"]);
  hearTyping("c", "boris");
  vi.advanceTimersByTime(4_000);
  expect(typingIn("c")).toEqual(["boris"]);
  vi.advanceTimersByTime(3_000);
  expect(typingIn("c")).toEqual([]);
});

test("the others of each conversation are told, not more often than they need", () => {
  tellTyping("c");
  tellTyping("c");
  tellTyping("d");
  expect(server.signalTyping.mock.calls.map(([{ conversationId }]) => conversationId as string)).toEqual(["c", "d"]);
  vi.advanceTimersByTime(3_000);
  tellTyping("c");
  expect(server.signalTyping).toHaveBeenCalledTimes(3);
});
