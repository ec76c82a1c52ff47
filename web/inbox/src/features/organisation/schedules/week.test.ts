import { expect, test } from "vitest";
import { clockText, dayGroups, faultsOf, type Interval, intervalsOf, minutesOf, nextInterval, parseClock, weekOf } from "./week.ts";

const day = (weekday: number, ...stretches: [from: number, to: number][]): Interval[] => stretches.map(([from, to]) => ({ weekday, fromMinute: from * 60, toMinute: to * 60 }));
const OFFICE = [1, 2, 3, 4, 5].flatMap((weekday) => day(weekday, [9, 13], [14, 18]));

test("a time is read as people type it", () => {
  expect(["9", "930", "9:30", "09.30", "0930", "24:00", " 7 "].map(parseClock)).toEqual([540, 570, 570, 570, 570, 1440, 420]);
  expect(["", "25", "24:01", "9:60", "nine", "-1"].map(parseClock)).toEqual(Array(6).fill(undefined));
  expect([0, 570, 1440].map(clockText)).toEqual(["00:00", "09:30", "24:00"]);
});

test("a week comes back as it was", () => {
  expect(intervalsOf(weekOf(OFFICE))).toEqual(OFFICE);
  expect(minutesOf(OFFICE)).toBe(40 * 60);
});

test("each interval says what is wrong with it", () => {
  expect(faultsOf([{ from: "14:00", to: "12:00" }])).toEqual(["order"]);
  expect(faultsOf([{ from: "9", to: "" }, { from: "24:00", to: "24:00" }])).toEqual(["clock", "clock"]);
  expect(faultsOf([{ from: "9", to: "13" }, { from: "12", to: "18" }, { from: "18", to: "19" }])).toEqual(["overlap", "overlap", undefined]);
  expect(intervalsOf([[{ from: "14:00", to: "12:00" }]])).toBeUndefined();
});

test("what is typed out of order is kept in order", () => {
  expect(intervalsOf([[{ from: "14", to: "18" }, { from: "9", to: "13" }]])).toEqual(day(1, [9, 13], [14, 18]));
});

test("neighbouring days with the same hours stand together", () => {
  expect(dayGroups([...OFFICE, ...day(7, [10, 16])])).toEqual([
    { first: 1, last: 5, text: "09:00–13:00, 14:00–18:00" },
    { first: 7, last: 7, text: "10:00–16:00" },
  ]);
  expect(dayGroups([])).toEqual([]);
});

test("a new interval goes on after the last one and ends with the day", () => {
  expect(nextInterval([])).toEqual({ from: "09:00", to: "18:00" });
  expect(nextInterval([{ from: "09:00", to: "13:00" }])).toEqual({ from: "14:00", to: "18:00" });
  expect(nextInterval([{ from: "09:00", to: "22:30" }])).toEqual({ from: "23:00", to: "24:00" });
});
