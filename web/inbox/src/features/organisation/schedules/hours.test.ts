import { expect, test } from "vitest";
import { isZone, stateAt, wallOf } from "./hours.ts";
import type { Interval } from "./week.ts";

const MOSCOW = "Europe/Moscow";
const week = (...days: number[]): Interval[] => days.flatMap((weekday) => [{ weekday, fromMinute: 540, toMinute: 780 }, { weekday, fromMinute: 840, toMinute: 1080 }]);
const at = (iso: string): number => Date.parse(iso);
const OFFICE = { timeZone: MOSCOW, intervals: week(1, 2, 3, 4, 5), daysOff: ["2026-11-26"] };

test("an instant is read by the clocks of the zone", () => {
  expect(wallOf(at("2026-11-25T22:30:00Z"), MOSCOW)).toEqual({ date: "2026-11-26", weekday: 4, minute: 90 });
  expect(isZone(MOSCOW)).toBe(true);
  expect(isZone("Europe/Nowhere")).toBe(false);
});

test("it is open until the break, and closed until after it", () => {
  expect(stateAt(OFFICE, at("2026-11-25T07:00:00Z"))).toEqual({ open: true, until: at("2026-11-25T10:00:00Z") });
  expect(stateAt(OFFICE, at("2026-11-25T10:00:30Z"))).toEqual({ open: false, until: at("2026-11-25T11:00:00Z") });
});

test("a day off is skipped, and so is the weekend", () => {
  expect(stateAt(OFFICE, at("2026-11-25T16:00:00Z"))).toEqual({ open: false, until: at("2026-11-27T06:00:00Z") });
  expect(stateAt(OFFICE, at("2026-11-27T16:00:00Z"))).toEqual({ open: false, until: at("2026-11-30T06:00:00Z") });
});

test("midnight between two intervals is no gap", () => {
  const night = { timeZone: MOSCOW, intervals: [{ weekday: 1, fromMinute: 1320, toMinute: 1440 }, { weekday: 2, fromMinute: 0, toMinute: 360 }], daysOff: [] };
  expect(stateAt(night, at("2026-11-23T20:00:00Z"))).toEqual({ open: true, until: at("2026-11-24T03:00:00Z") });
});

test("an empty week never opens, a full one never closes", () => {
  expect(stateAt({ timeZone: MOSCOW, intervals: [], daysOff: [] }, 0)).toEqual({ open: false });
  const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1440 }));
  expect(stateAt({ timeZone: MOSCOW, intervals: always, daysOff: [] }, 0)).toEqual({ open: true });
});

test("hours follow the clocks over a change of them", () => {
  // Berlin leaves out 02:00–03:00 on 29 March 2026 and has it twice on 25 October.
  const berlin = { timeZone: "Europe/Berlin", intervals: [{ weekday: 7, fromMinute: 150, toMinute: 540 }], daysOff: [] };
  expect(stateAt(berlin, at("2026-03-28T23:30:00Z"))).toEqual({ open: false, until: at("2026-03-29T01:00:00Z") });
  expect(stateAt(berlin, at("2026-10-25T04:00:00Z"))).toEqual({ open: true, until: at("2026-10-25T08:00:00Z") });
});
