import { expect, test } from "vitest";
import { en } from "./en.ts";
import { ru } from "./ru.ts";
import { fill, tidy } from "./text.ts";

test("Russian plurals", () => {
  const text = { one: "{n} файл", few: "{n} файла", many: "{n} файлов", other: "{n} файла" };
  expect([1, 2, 5, 11, 21].map((n) => fill(text, { n }, "ru"))).toEqual(["1 файл", "2 файла", "5 файлов", "11 файлов", "21 файл"]);
});

test("no preposition is left alone at a line's end", () => {
  expect(tidy("Ответим в чате за 5 мин")).toBe("Ответим в\u00a0чате за\u00a05\u00a0мин");
});

test("a missing value stays visible, a value is never read as a pattern", () => {
  expect(fill("{a} {b}", { a: "$& {b}" }, "en")).toBe("$& {b} {b}");
});

test("both catalogues have the same keys", () => {
  expect(Object.keys(ru).sort()).toEqual(Object.keys(en).sort());
});
