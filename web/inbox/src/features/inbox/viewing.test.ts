import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.mock("../../rpc/clients.ts", () => ({ conversations: {} }));
vi.mock("react", () => ({ useEffect: vi.fn(), useSyncExternalStore: (_: unknown, read: () => unknown) => read() }));
const { hearViewing, useViewers } = await import("./viewing.ts");

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a colleague who looks is named until they leave, or nothing was heard for 45 s", () => {
  hearViewing("c", "vera", false);
  hearViewing("c", "boris", false);
  expect(useViewers("c")).toEqual(["boris", "vera"]);
  const before = useViewers("c");
  hearViewing("c", "vera", false);
  expect(useViewers("c")).toBe(before);
  hearViewing("c", "boris", true);
  expect(useViewers("c")).toEqual(["vera"]);
  vi.advanceTimersByTime(44_000);
  expect(useViewers("c")).toEqual(["vera"]);
  vi.advanceTimersByTime(2_000);
  expect(useViewers("c")).toEqual([]);
});
