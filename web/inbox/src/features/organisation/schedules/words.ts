import type { Schedule } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { currentLanguage, t } from "../../../i18n/index.ts";
import { clock, duration } from "../../../i18n/format.ts";
import { isZone, type OpenState, stateAt } from "./hours.ts";
import { dayGroups } from "./week.ts";

// Monday, 5 January 2026.
const MONDAY = Date.UTC(2026, 0, 5, 12);
const DAY_MS = 86_400_000;

/** "пн" or "понедельник"; 1 is Monday. */
export function weekday(n: number, length: "short" | "long" = "short"): string {
  return new Intl.DateTimeFormat(currentLanguage(), { weekday: length, timeZone: "UTC" }).format(MONDAY + (n - 1) * DAY_MS);
}

/** "пн–пт 09:00–18:00; сб 10:00–14:00" */
export function hoursText({ intervals }: Pick<Schedule, "intervals">): string {
  const groups = dayGroups(intervals);
  if (groups.length === 0) return t("schedules.never");
  return groups.map(({ first, last, text }) => `${first === last ? weekday(first) : `${weekday(first)}–${weekday(last)}`} ${text}`).join("; ");
}

/** Whether it is within its hours now; undefined for a zone that this browser does not know. */
export function stateOf(schedule: Pick<Schedule, "intervals" | "daysOff" | "timeZone">, now: number): OpenState | undefined {
  return isZone(schedule.timeZone) ? stateAt(schedule, now) : undefined;
}

export function stateText({ open, until }: OpenState, now: number): string {
  if (until === undefined) return open ? t("schedules.openAlways") : t("schedules.closedLong");
  const time = until - now < DAY_MS ? clock(until) : dayUntil(until);
  return open ? t("schedules.openUntil", { time, left: duration(until - now) }) : t("schedules.closedUntil", { time });
}

function dayUntil(ms: number): string {
  return new Intl.DateTimeFormat(currentLanguage() === "ru" ? "ru-RU" : "en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms);
}

/** "2026-05-09" as people write it. */
export function dateText(iso: string): string {
  return new Intl.DateTimeFormat(currentLanguage() === "ru" ? "ru-RU" : "en-GB", { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" }).format(Date.parse(`${iso}T12:00:00Z`));
}

