import { expect, test } from "vitest";
import { parseWhen } from "./when.ts";

// A Monday, 14:30 in the reader's zone.
const NOW = new Date(2026, 10, 23, 14, 30).getTime();
const at = (month: number, day: number, hours: number, minutes = 0): number => new Date(2026, month - 1, day, hours, minutes).getTime();

test.each([
  ["завтра 10", at(11, 24, 10)],
  ["завтра в 9:15", at(11, 24, 9, 15)],
  ["в пт 15:00", at(11, 27, 15)],
  ["в пятницу", at(11, 27, 10)],
  ["в понедельник", at(11, 30, 10)],
  ["сегодня 18", at(11, 23, 18)],
  ["18:30", at(11, 23, 18, 30)],
  ["9:00", at(11, 24, 9)],
  ["через 2 часа", NOW + 7_200_000],
  ["через час", NOW + 3_600_000],
  ["через полчаса", NOW + 1_800_000],
  ["через 15 мин", NOW + 900_000],
  ["25 ноября", at(11, 25, 10)],
  ["25.11 в 8", at(11, 25, 8)],
  ["послезавтра 7 вечера", at(11, 25, 19)],
  ["tomorrow 10", at(11, 24, 10)],
  ["fri 15:00", at(11, 27, 15)],
  ["in 2 hours", NOW + 7_200_000],
  ["on 1 dec at 9", at(12, 1, 9)],
])("%s", (words, expected) => {
  expect(parseWhen(words, NOW)).toBe(expected);
});

test.each(["", "когда-нибудь", "сегодня 10", "через", "25:99", "завтра завтрак", "10 10 10"])("nothing for %o", (words) => {
  expect(parseWhen(words, NOW)).toBeUndefined();
});
