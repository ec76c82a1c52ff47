import { expect, test } from "vitest";
import { isDay, isInn, isOgrn } from "./checks.ts";

test("numbers whose check digits fit", () => {
  for (const inn of ["1234567894", "123456789110"]) expect(isInn(inn), inn).toBe(true);
  for (const ogrn of ["1234567890127", "123456789012343"]) expect(isOgrn(ogrn), ogrn).toBe(true);
});

test("one digit that is another, or is missing, is noticed", () => {
  for (const inn of ["", "1234567890", "123456789", "123456789111", "12345678911x"]) expect(isInn(inn), inn).toBe(false);
  for (const ogrn of ["", "1234567890121", "12345678901234", "123456789012341"]) expect(isOgrn(ogrn), ogrn).toBe(false);
});

test("a day is one that there is", () => {
  expect(isDay("2026-11-27")).toBe(true);
  for (const day of ["", "2026-13-01", "27.11.2026", "2026-11-2"]) expect(isDay(day), day).toBe(false);
});
