import { expect, test } from "vitest";
import { csv } from "./csv.ts";

test("a table comes as spreadsheets read it", () => {
  expect(csv([["Запись", "Чего не хватает"], ["ООО «Пример 1»", "ИНН; КПП"]])).toBe('\uFEFFЗапись;Чего не хватает\r\nООО «Пример 1»;"ИНН; КПП"\r\n');
});

test.each([
  ['a "b"', '"a ""b"""'],
  ["a\nb", '"a\nb"'],
  ["=1+1", "'=1+1"],
  ["+7 999 000-00-01", "'+7 999 000-00-01"],
  ["@sum;", `"'@sum;"`],
  ["50", "50"],
])("%s is no formula and stays one cell", (text, wanted) => {
  expect(csv([[text]])).toBe(`\uFEFF${wanted}\r\n`);
});
