import { afterEach, beforeEach, expect, test, vi } from "vitest";

const LOST = new TypeError("Failed to fetch dynamically imported module: https://okno.example/assets/Part.js");

let page = new EventTarget();
beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A file that is not there for so many times. */
function file(times: number): () => Promise<string> {
  let asked = 0;
  return vi.fn(async () => {
    asked += 1;
    if (asked <= times) throw LOST;
    return "here";
  });
}

test("a part that does not come is asked for again, ever more seldom, and counts as missing meanwhile", async () => {
  const { missingParts, untilItComes } = await import("./part.ts");
  const load = file(3);
  const loaded = untilItComes(load);
  for (const [ms, asked] of [[0, 1], [1_000, 2], [2_000, 3], [4_999, 3]] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(load).toHaveBeenCalledTimes(asked);
    expect(missingParts()).toBe(1);
  }
  await vi.advanceTimersByTimeAsync(1);
  expect(await loaded).toBe("here");
  expect(missingParts()).toBe(0);
});

test("a network that is back, and whoever asks, end the pause", async () => {
  const { askAgain, untilItComes } = await import("./part.ts");
  const load = file(2);
  const loaded = untilItComes(load);
  await vi.advanceTimersByTimeAsync(0);
  page.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(load).toHaveBeenCalledTimes(2);
  askAgain();
  expect(await loaded).toBe("here");
});

test("a mistake of the file's own is told at once", async () => {
  const { missingParts, untilItComes } = await import("./part.ts");
  await expect(untilItComes(() => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow("x is undefined");
  expect(missingParts()).toBe(0);
});

test("what will be wanted comes one after the other once the screen stands", async () => {
  const { fetchAhead, part } = await import("./part.ts");
  const Screen = (): null => null;
  const load = vi.fn(async () => Screen);
  part(load, { ahead: true });
  part(load, { ahead: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(load).not.toHaveBeenCalled();
  fetchAhead();
  await vi.advanceTimersByTimeAsync(500);
  expect(load).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(load).toHaveBeenCalledTimes(2);
});
