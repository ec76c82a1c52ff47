import { expect, test } from "vitest";
import { decide, type Fact, isQuiet, LISTED_FOR_MS, type Moment, RINGS_FOR_MS, strongest } from "./decide.ts";
import { DEFAULTS, type NoticePreferences, readNotices } from "./preferences.ts";

const NOW = Date.UTC(2026, 10, 25, 12);
const moment: Moment = { now: NOW, onScreen: false, weekday: 3, minute: 720 };
const fact: Fact = { kind: "inbound", channel: "telegram", own: false, mine: true, queue: false, at: NOW };
const QUIET = { on: true, from: 1320, to: 480, days: [1, 2, 3, 4, 5] };
const rings = (part: Partial<Fact>, preferences: Partial<NoticePreferences> = {}, when: Partial<Moment> = {}) => decide({ ...fact, ...part }, { ...DEFAULTS, ...preferences }, { ...moment, ...when });

test("what is mine rings, what is a colleague's does not", () => {
  expect(rings({})).toEqual({ list: true, popup: true, tone: "drop" });
  expect(rings({ mine: false }).list).toBe(false);
});

test("the queue rings for departments, not for only mine, and mentions ring always", () => {
  expect(rings({ mine: false, queue: true }).popup).toBe(true);
  expect(rings({ mine: false, queue: true }, { scope: "mine" }).list).toBe(false);
  expect(rings({ kind: "assigned" }, { scope: "mentions" }).list).toBe(false);
  expect(rings({ kind: "mention", mine: false }, { scope: "mentions" }).popup).toBe(true);
});

test("nothing rings for what is on screen, or for one's own doing", () => {
  expect(rings({}, {}, { onScreen: true })).toEqual({ list: false, popup: false, tone: "none" });
  expect(rings({ kind: "assigned", own: true }).list).toBe(false);
});

test("what came while the machine slept is listed and silent, what was imported is neither", () => {
  expect(rings({ at: NOW - RINGS_FOR_MS - 1 })).toEqual({ list: true, popup: false, tone: "none" });
  expect(rings({ at: NOW - LISTED_FOR_MS - 1 }).list).toBe(false);
});

test("each channel has its tone, and silence is one of them", () => {
  const tones = { "": "bell", telegram: "none" } as const;
  expect(rings({}, { tones }).tone).toBe("none");
  expect(rings({ channel: "email" }, { tones }).tone).toBe("bell");
  expect(rings({}, { sound: false }).tone).toBe("none");
  expect(rings({}, { volume: 0 }).tone).toBe("none");
});

test("in quiet hours it is listed only", () => {
  expect(rings({}, { quiet: QUIET }, { minute: 1380 })).toEqual({ list: true, popup: false, tone: "none" });
});

test("a quiet night belongs to the day on which it begins", () => {
  const quiet = (weekday: number, minute: number): boolean => isQuiet(QUIET, { weekday, minute });
  expect([quiet(3, 1320), quiet(4, 479), quiet(4, 480)]).toEqual([true, true, false]);
  // Friday's night reaches into Saturday; Saturday's own begins no quiet.
  expect([quiet(6, 100), quiet(6, 1380), quiet(7, 100)]).toEqual([true, false, false]);
  // Sunday has none, so Monday's early hours ring.
  expect(quiet(1, 100)).toBe(false);
});

test("quiet hours within a day, of no length, and switched off", () => {
  const noon = { on: true, from: 720, to: 780, days: [3] };
  expect([isQuiet(noon, { weekday: 3, minute: 720 }), isQuiet(noon, { weekday: 3, minute: 780 }), isQuiet(noon, { weekday: 2, minute: 730 })]).toEqual([true, false, false]);
  expect(isQuiet({ ...noon, to: 720 }, { weekday: 3, minute: 720 })).toBe(false);
  expect(isQuiet({ ...noon, on: false }, { weekday: 3, minute: 730 })).toBe(false);
});

test("of several facts about one conversation the one that says most is told", () => {
  expect(strongest([{ kind: "inbound" }, { kind: "mention" }, { kind: "assigned" }])?.kind).toBe("mention");
  expect(strongest([])).toBeUndefined();
});

test("preferences of another version, or none, fall back field by field", () => {
  expect(readNotices("")).toEqual(DEFAULTS);
  expect(readNotices("[1]")).toEqual(DEFAULTS);
  expect(readNotices("{broken")).toEqual(DEFAULTS);
  const read = readNotices('{"scope":"everything","volume":150,"popup":false,"tones":{"telegram":"chime","vk":"trumpet"},"quiet":{"on":true,"from":-5,"days":[1,9]}}');
  expect(read).toEqual({ ...DEFAULTS, popup: false, tones: { "": "drop", telegram: "chime" }, quiet: { ...DEFAULTS.quiet, on: true, days: [1] } });
});

test("preferences are read back as they were written", () => {
  const written: NoticePreferences = { ...DEFAULTS, scope: "mine", volume: 0, tones: { "": "knock" }, quiet: QUIET };
  expect(readNotices(JSON.stringify(written))).toEqual(written);
});
