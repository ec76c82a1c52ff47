import { DAY_MINUTES, type Interval } from "./week.ts";

export type Hours = { timeZone: string; intervals: readonly Interval[]; daysOff: readonly string[] };
/** Open or closed, and when that changes; no `until` when it does not within two weeks. */
export type OpenState = { open: boolean; until?: number };

const MINUTE_MS = 60_000;
const LOOK_AHEAD_DAYS = 14;

type Wall = { date: string; weekday: number; minute: number };

const formats = new Map<string, Intl.DateTimeFormat>();

/** An instant as the clocks of a zone show it. Throws a RangeError for a zone that is none. */
export function wallOf(ms: number, timeZone: string): Wall {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("en-CA", { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  formats.set(timeZone, format);
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const date = `${part["year"]}-${part["month"]}-${part["day"]}`;
  return { date, weekday: new Date(`${date}T12:00:00Z`).getUTCDay() || 7, minute: Number(part["hour"]) * 60 + Number(part["minute"]) };
}

export function isZone(timeZone: string): boolean {
  try {
    return wallOf(0, timeZone) !== undefined;
  } catch {
    return false;
  }
}

function isOpenAt(hours: Hours, { date, weekday, minute }: Wall): boolean {
  if (hours.daysOff.includes(date)) return false;
  return hours.intervals.some((interval) => interval.weekday === weekday && interval.fromMinute <= minute && minute < interval.toMinute);
}

/**
 * Whether a schedule is within its hours at an instant, and until when. Hours are those of the zone's clocks, so that
 * an hour that a clock change leaves out is not worked and one that it doubles is worked twice.
 */
export function stateAt(hours: Hours, ms: number): OpenState {
  const open = isOpenAt(hours, wallOf(ms, hours.timeZone));
  const start = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const end = start + LOOK_AHEAD_DAYS * DAY_MINUTES * MINUTE_MS;
  let at = start;
  while (at < end) {
    const wall = wallOf(at, hours.timeZone);
    if (isOpenAt(hours, wall) !== open) return { open, until: back(hours, at, start, open) };
    at += stepOf(hours, wall) * MINUTE_MS;
  }
  return { open };
}

/** Minutes to the next edge of the day: nothing changes before, unless the clocks do. */
function stepOf(hours: Hours, { weekday, minute }: Wall): number {
  const edges = hours.intervals.filter((interval) => interval.weekday === weekday).flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute]);
  return Math.min(...[...edges, DAY_MINUTES].filter((edge) => edge > minute)) - minute;
}

/** A clock change may have carried the step past the edge: the first minute that differs lies at most two hours back. */
function back(hours: Hours, at: number, start: number, open: boolean): number {
  const earliest = Math.max(start, at - 120 * MINUTE_MS);
  let first = at;
  for (let minute = at - MINUTE_MS; minute >= earliest; minute -= MINUTE_MS) {
    if (isOpenAt(hours, wallOf(minute, hours.timeZone)) !== open) first = minute;
    else break;
  }
  return first;
}
