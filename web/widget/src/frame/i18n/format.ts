import type { Office } from "../../shared/protocol.ts";
import { currentLanguage, t } from "./index.ts";

function format(ms: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(currentLanguage() === "ru" ? "ru-RU" : "en-GB", { hourCycle: "h23", ...options }).format(ms);
}

/** "14:38" */
export function clock(ms: number): string {
  return format(ms, { hour: "2-digit", minute: "2-digit" });
}

/** Date, seconds and zone, for tooltips. */
export function fullTime(ms: number): string {
  return format(ms, { dateStyle: "long", timeStyle: "long" });
}

/** Midnight of the reader's day that holds `ms`. */
export function dayOf(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function daysAgo(ms: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(ms)) / 86_400_000);
}

/** Between the days of a thread: "Today", "Yesterday", "Monday, 23 November". */
export function dayTitle(ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return t("time.today");
  if (ago === 1) return t("time.yesterday");
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return format(ms, { day: "numeric", month: "long", year, weekday: year ? undefined : "long" });
}

/** Whether somebody answers, in words that promise nothing else. */
export function officeText(office: Office | undefined, now: number): string {
  if (!office) return t("office.unknown");
  if (!office.open) return office.opens_at ? t("office.opens", { when: opening(office.opens_at, now) }) : t("office.closed");
  if (office.online < 1) return t("office.busy");
  return office.reply_seconds ? t("office.reply", { time: stretch(office.reply_seconds) }) : t("office.online");
}

function opening(at: number, now: number): string {
  const time = clock(at);
  const days = -daysAgo(at, now);
  if (days <= 0) return t("when.today", { time });
  return days === 1 ? t("when.tomorrow", { time }) : t("when.day", { day: format(at, { weekday: "short", day: "numeric", month: "short" }), time });
}

/** Rounded up, so that nobody waits longer than was said. */
function stretch(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return minutes < 60 ? t("time.minutes", { n: minutes }) : t("time.hours", { n: Math.ceil(minutes / 60) });
}

/** "0:12" */
export function playTime(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "118 КБ" */
export function fileSize(bytes: number): string {
  const [unit, value] = bytes < 1024 ? (["size.bytes", bytes] as const) : bytes < 1_048_576 ? (["size.kilobytes", bytes / 1024] as const) : (["size.megabytes", bytes / 1_048_576] as const);
  const size = new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: value < 10 && bytes >= 1024 ? 1 : 0 }).format(value);
  return t(unit, { size });
}
