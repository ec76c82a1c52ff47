/** A stretch of one weekday, minutes from midnight; the end is not part of it. */
export type Interval = { weekday: number; fromMinute: number; toMinute: number };
/** An interval as it is typed. */
export type Typed = { from: string; to: string };
/** Monday first. */
export type Week = readonly (readonly Typed[])[];

export type Fault = "clock" | "order" | "overlap";

export const DAY_MINUTES = 1440;
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** "9", "930", "9:30", "09.30" and "24:00" as minutes from midnight; undefined for what is no time of the day. */
export function parseClock(text: string): number | undefined {
  const match = /^(\d{1,2})(?:[:.\-\s]?([0-5]\d))?$/u.exec(text.trim());
  if (!match) return undefined;
  const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0);
  return minutes <= DAY_MINUTES ? minutes : undefined;
}

/** "09:30"; the end of a day is "24:00". */
export function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

export function weekOf(intervals: readonly Interval[]): Week {
  return WEEKDAYS.map((weekday) =>
    intervals
      .filter((interval) => interval.weekday === weekday)
      .sort((a, b) => a.fromMinute - b.fromMinute)
      .map(({ fromMinute, toMinute }) => ({ from: clockText(fromMinute), to: clockText(toMinute) })),
  );
}

/** What is wrong with each interval of a day, in its order. */
export function faultsOf(day: readonly Typed[]): (Fault | undefined)[] {
  const read = day.map(({ from, to }) => [parseClock(from), parseClock(to)] as const);
  return read.map(([from, to], index) => {
    if (from === undefined || to === undefined || from === DAY_MINUTES) return "clock";
    if (to <= from) return "order";
    const meets = read.some(([otherFrom, otherTo], other) => other !== index && otherFrom !== undefined && otherTo !== undefined && from < otherTo && otherFrom < to);
    return meets ? "overlap" : undefined;
  });
}

/** The week as the server keeps it; undefined while something in it is wrong. */
export function intervalsOf(week: Week): Interval[] | undefined {
  if (week.some((day) => faultsOf(day).some(Boolean))) return undefined;
  return week.flatMap((day, index) =>
    day
      .map(({ from, to }) => ({ weekday: index + 1, fromMinute: parseClock(from) ?? 0, toMinute: parseClock(to) ?? 0 }))
      .sort((a, b) => a.fromMinute - b.fromMinute),
  );
}

export function minutesOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { fromMinute, toMinute }) => sum + toMinute - fromMinute, 0);
}

/** A new interval of a day: the nine to six of an empty one, an hour after the last of a full one. */
export function nextInterval(day: readonly Typed[]): Typed {
  const last = Math.max(-1, ...day.map(({ to }) => parseClock(to) ?? 0));
  if (last < 0) return { from: "09:00", to: "18:00" };
  const from = Math.min(last + 60, DAY_MINUTES - 60);
  return { from: clockText(from), to: clockText(Math.min(from + 240, DAY_MINUTES)) };
}

export type DayGroup = { first: number; last: number; text: string };

/** Neighbouring days with the same hours together: 1–5 "09:00–13:00, 14:00–18:00". Days off are left out. */
export function dayGroups(intervals: readonly Interval[]): DayGroup[] {
  const groups: DayGroup[] = [];
  weekOf(intervals).forEach((day, index) => {
    const text = day.map(({ from, to }) => `${from}–${to}`).join(", ");
    const before = groups.at(-1);
    if (!text) return;
    if (before?.text === text && before.last === index) before.last = index + 1;
    else groups.push({ first: index + 1, last: index + 1, text });
  });
  return groups;
}
