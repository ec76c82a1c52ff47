import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storage } from "../../dev/storage.ts";
import { memory } from "./memory.ts";
import { tracker } from "./tracker.ts";

type Told = { guest: string; token?: string; visit: { id: string; steps: { kind: string; path: string; seconds?: number; name?: string; left?: unknown }[] } };

const at = (path: string, visible = true) => ({ page: { url: `https://shop.example${path}`, title: path, ref: "" }, visible });

function begin(taken = () => true) {
  const known = memory(storage());
  const told: Told[] = [];
  const send = (report: unknown): Promise<boolean> => {
    if (taken()) told.push(report as Told);
    return Promise.resolve(taken());
  };
  const track = tracker(known, send, () => "token-1", "computer");
  const steps = (): string[] => told.flatMap(({ visit }) => visit.steps.map(({ kind, path, seconds, name }) => `${kind} ${path} ${name ?? seconds ?? ""}`.trim()));
  return { known, told, track, steps };
}

beforeEach(() => vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => vi.useRealTimers());

test("without consent nothing is told, whatever happens", async () => {
  const { track, told } = begin();
  track.look(at("/a"), "shop.example");
  track.form("callback", { phone: "+7 999 000-00-01" });
  track.chat();
  track.seen(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});

test("a page is told of soon, and again with how long it was looked at", async () => {
  const { known, track, steps, told } = begin();
  known.agree(Date.now());
  track.look(at("/a"), "shop.example");
  await vi.advanceTimersByTimeAsync(3_000);
  track.seen(false);
  await vi.advanceTimersByTimeAsync(60_000);
  track.seen(true);
  await vi.advanceTimersByTimeAsync(4_000);
  track.look(at("/a"), "shop.example");
  track.look(at("/b"), "shop.example");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(steps()).toEqual(["page /a 0", "page /a 3", "page /a 7", "page /b 0"]);
  expect(new Set(told.map(({ visit }) => visit.id)).size).toBe(1);
  expect(told.every(({ token }) => token === "token-1")).toBe(true);
});

test("looking is bounded, and forms go at once", async () => {
  const { known, track, steps } = begin();
  known.agree(Date.now());
  track.look(at("/a"), "shop.example");
  track.form("callback", { phone: "+7 999 000-00-01" });
  await vi.advanceTimersByTimeAsync(0);
  expect(steps()).toEqual(["page /a 0", "form /a callback"]);
  await vi.advanceTimersByTimeAsync(3 * 3_600_000);
  track.seen(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(steps().at(-1)).toBe("page /a 1800");
});

test("what was left in a form goes with it, of who was asked about forms", async () => {
  const { known, told, track } = begin();
  known.agree(Date.now(), true);
  track.look(at("/a"), "shop.example");
  track.form("callback", { phone: "+7 999 000-00-01" });
  await vi.advanceTimersByTimeAsync(0);
  expect(told.at(-1)?.visit.steps.at(-1)).toMatchObject({ kind: "form", name: "callback", left: { phone: "+7 999 000-00-01" } });
});

test("a consent to visits alone brings nothing of what is left in them", async () => {
  const items = storage();
  items.set("visits", JSON.stringify({ guest: "guest-1", agreed: 1 }));
  const told: Told[] = [];
  const track = tracker(memory(items), (report) => Promise.resolve(told.push(report as unknown as Told) > 0), () => undefined, "computer");
  track.look(at("/a"), "shop.example");
  track.form("callback", { phone: "+7 999 000-00-01" });
  await vi.advanceTimersByTimeAsync(0);
  expect(told.flatMap(({ visit }) => visit.steps).map(({ kind, left }) => [kind, left])).toEqual([["page", undefined], ["form", undefined]]);
});

test("what the server did not take is told again, and not for ever", async () => {
  let up = false;
  const { known, track, steps, told } = begin(() => up);
  known.agree(Date.now());
  track.look(at("/a"), "shop.example");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
  up = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(steps()).toEqual(["page /a 0"]);
  up = false;
  track.look(at("/b"), "shop.example");
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("consent that another tab took back ends it here, too", async () => {
  const { known, track, told } = begin();
  known.agree(Date.now());
  track.look(at("/a"), "shop.example");
  known.leave(true);
  await vi.advanceTimersByTimeAsync(10_000);
  track.form("callback", { phone: "+7 999 000-00-01" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
});

test("what was done before a withdrawal in another tab is not told under the consent after it", async () => {
  const { known, track, steps } = begin();
  known.agree(Date.now());
  track.look(at("/before"), "shop.example");
  known.leave(true);
  known.agree(Date.now());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(steps()).toEqual([]);
  track.look(at("/after"), "shop.example");
  await vi.advanceTimersByTimeAsync(3_000);
  expect(steps()).toEqual(["page /after 0"]);
});
