import { currentLanguage, t } from "./index.ts";

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(ms: number, name: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${currentLanguage()} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(), { hourCycle: "h23", ...options });
  formats.set(key, known);
  return known.format(ms);
}

function locale(): string {
  return currentLanguage() === "ru" ? "ru-RU" : "en-GB";
}

/** Midnight of the reader's day that holds `ms`. */
export function dayOf(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function daysAgo(ms: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(ms)) / DAY_MS);
}

/** "14:38" */
export function clock(ms: number): string {
  return format(ms, "clock", { hour: "2-digit", minute: "2-digit" });
}

/** "14:38" in another zone; empty for a zone that is not one. */
export function zoneClock(ms: number, timeZone: string): string {
  try {
    return format(ms, `clock ${timeZone}`, { hour: "2-digit", minute: "2-digit", timeZone });
  } catch {
    return "";
  }
}

/** In lists: today 14:38, then "yesterday", a weekday, "23 Nov", "23.11.2025". */
export function listTime(ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return clock(ms);
  if (ago === 1) return t("time.yesterday");
  if (ago === -1) return t("time.tomorrow");
  if (Math.abs(ago) < 7) return format(ms, "weekday", { weekday: "short" });
  if (new Date(ms).getFullYear() === new Date(now).getFullYear()) return format(ms, "day", { day: "numeric", month: "short" });
  return format(ms, "date", { day: "2-digit", month: "2-digit", year: "numeric" });
}

/** Between days of a thread: "Today", "Yesterday", "Monday, 23 November". */
export function dayTitle(ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return t("time.Today");
  if (ago === 1) return t("time.Yesterday");
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return sameYear
    ? format(ms, "day-long", { day: "numeric", month: "long", weekday: "long" })
    : format(ms, "day-year", { day: "numeric", month: "long", year: "numeric" });
}

/** Date, seconds and zone, for tooltips. */
export function fullTime(ms: number): string {
  return format(ms, "full", { dateStyle: "long", timeStyle: "long" });
}

/** "14:38" today, "yesterday 14:38", "tomorrow 10:00", "23 Nov 14:38". */
export function dayAndClock(ms: number, now: number): string {
  return daysAgo(ms, now) === 0 ? clock(ms) : `${listTime(ms, now)} ${clock(ms)}`;
}

/** A stretch of time in its two largest units: "42 min", "1 h 05 min", "3 days". */
export function duration(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 1) return t("time.seconds", { n: Math.max(0, Math.floor(Math.abs(ms) / 1000)) });
  if (minutes < 60) return t("time.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("time.hours", { h: hours, m: String(minutes % 60).padStart(2, "0") });
  return t("time.days", { n: Math.floor(hours / 24) });
}

/** "0:12", of a voice message or a film. */
export function playTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "118 КБ" */
export function fileSize(bytes: number): string {
  const units = ["size.bytes", "size.kilobytes", "size.megabytes", "size.gigabytes"] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const shown = new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value);
  return t(units[unit] ?? "size.bytes", { size: shown });
}

export function count(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** Sorts as people do: ё is е, case does not matter. */
export function collator(): Intl.Collator {
  return new Intl.Collator(locale(), { sensitivity: "base", numeric: true });
}
