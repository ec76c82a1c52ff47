const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MORNING = 10;

const UNITS: readonly [RegExp, number][] = [
  [/^(?:м|мин|минут[аыу]?|m|min|mins|minutes?)$/u, MINUTE],
  [/^(?:ч|час|часа|часов|h|hours?)$/u, HOUR],
  [/^(?:д|день|дня|дней|d|days?)$/u, 24 * HOUR],
  [/^(?:нед|неделя|неделю|недели|недель|w|weeks?)$/u, 7 * 24 * HOUR],
];

// From Sunday, as `Date` counts.
const WEEKDAYS = [/^(?:вс|воскр|su)/u, /^(?:пн|понед|mo)/u, /^(?:вт|tu)/u, /^(?:ср|we)/u, /^(?:чт|четв|th)/u, /^(?:пт|пятн|fr)/u, /^(?:сб|субб|sa)/u];
const MONTHS = [/^(?:янв|jan)/u, /^(?:фев|feb)/u, /^(?:мар|mar)/u, /^(?:апр|apr)/u, /^(?:ма[йя]|may)/u, /^(?:июн|jun)/u, /^(?:июл|jul)/u, /^(?:авг|aug)/u, /^(?:сен|sep)/u, /^(?:окт|oct)/u, /^(?:ноя|nov)/u, /^(?:дек|dec)/u];

/**
 * A moment in words, in either language: "завтра 10", "в пт 15:00", "через 2 часа", "25 ноября", "18:30". A day without
 * a time is 10:00; a time without a day is the next one. Undefined for what it does not understand and for the past.
 */
export function parseWhen(text: string, now: number): number | undefined {
  const words = text.toLowerCase().replaceAll("ё", "е").replace(/[,;]/gu, " ").split(/\s+/u).filter((word) => word && !/^(?:в|во|на|до|at|on|by|until)$/u.test(word));
  if (words.length === 0) return undefined;
  const at = relative(words, now) ?? absolute(words, now);
  return at !== undefined && at > now ? at : undefined;
}

function relative(words: readonly string[], now: number): number | undefined {
  if (words[0] !== "через" && words[0] !== "in") return undefined;
  const amount = /^\d+(?:[.,]\d+)?$/u.test(words[1] ?? "") ? Number(words[1]?.replace(",", ".")) : undefined;
  const [unit, rest] = amount === undefined ? [words[1], words.slice(2)] : [words[2], words.slice(3)];
  if (words[1] === "полчаса" && words.length === 2) return now + HOUR / 2;
  const found = UNITS.find(([name]) => name.test(unit ?? ""));
  return found && rest.length === 0 ? now + (amount ?? 1) * found[1] : undefined;
}

type Found = { date?: Date; time?: { hours: number; minutes: number } };

function absolute(words: readonly string[], now: number): number | undefined {
  const found: Found = {};
  for (let index = 0; index < words.length; index += 1) {
    const used = readDate(words, index, now, found) || readTime(words, index, found);
    if (!used) return undefined;
    index += used - 1;
  }
  const today = new Date(now);
  const day = found.date ?? new Date(today.getFullYear(), today.getMonth(), today.getDate());
  const { hours, minutes } = found.time ?? { hours: MORNING, minutes: 0 };
  const at = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours, minutes).getTime();
  return found.date || at > now ? at : new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, hours, minutes).getTime();
}

/** How many words it took; 0: no date here. */
function readDate(words: readonly string[], index: number, now: number, found: Found): number {
  const word = words[index] ?? "";
  const date = inDays(word, now) ?? dotted(word, now);
  if (date) return (found.date = date), 1;
  const month = MONTHS.findIndex((name) => name.test(words[index + 1] ?? ""));
  if (/^\d{1,2}$/u.test(word) && month >= 0) return (found.date = ahead(Number(word), month, now)), 2;
  return 0;
}

function inDays(word: string, now: number): Date | undefined {
  const today = new Date(now);
  const day = (n: number): Date => new Date(today.getFullYear(), today.getMonth(), today.getDate() + n);
  if (/^(?:сегодня|today)$/u.test(word)) return day(0);
  if (/^(?:завтра|tomorrow|tmr)$/u.test(word)) return day(1);
  if (/^послезавтра$/u.test(word)) return day(2);
  const weekday = WEEKDAYS.findIndex((name) => name.test(word));
  return weekday < 0 ? undefined : day((weekday - today.getDay() + 7) % 7 || 7);
}

function dotted(word: string, now: number): Date | undefined {
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?$/u.exec(word) ?? [];
  if (!day || !month || Number(month) > 12 || Number(day) > 31) return undefined;
  return year ? new Date(Number(year), Number(month) - 1, Number(day)) : ahead(Number(day), Number(month) - 1, now);
}

/** The next such day. */
function ahead(day: number, month: number, now: number): Date {
  const today = new Date(now);
  const thisYear = new Date(today.getFullYear(), month, day);
  return thisYear.getTime() + 24 * HOUR > now ? thisYear : new Date(today.getFullYear() + 1, month, day);
}

function readTime(words: readonly string[], index: number, found: Found): number {
  const [, hours, minutes = "0"] = /^(\d{1,2})(?:[:.-](\d{2}))?$/u.exec(words[index] ?? "") ?? [];
  if (!hours || found.time || Number(hours) > 23 || Number(minutes) > 59) return 0;
  found.time = { hours: Number(hours), minutes: Number(minutes) };
  const part = words[index + 1] ?? "";
  if (/^(?:вечера|дня|pm)$/u.test(part) && found.time.hours < 12) found.time.hours += 12;
  return /^(?:утра|вечера|дня|am|pm)$/u.test(part) ? 2 : 1;
}

/** Today or later at an hour of the reader's day. */
export function atHour(now: number, days: number, hours: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hours).getTime();
}

/** Days until the next Monday. */
export function daysToMonday(now: number): number {
  return (8 - new Date(now).getDay()) % 7 || 7;
}
