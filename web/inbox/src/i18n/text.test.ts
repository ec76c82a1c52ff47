import { expect, test } from "vitest";
import { fill, tidy } from "./text.ts";

const plurals = new Intl.PluralRules("ru");
const numbers = new Intl.NumberFormat("ru");
const say = (text: Parameters<typeof fill>[0], n: number): string => fill(text, { n }, plurals, numbers);

test("Russian counts in three forms", () => {
  const letters = { one: "{n} письмо", few: "{n} письма", many: "{n} писем", other: "{n} письма" };
  expect([1, 2, 5, 11, 21, 104, 1.5].map((n) => say(letters, n))).toEqual(["1 письмо", "2 письма", "5 писем", "11 писем", "21 письмо", "104 письма", "1,5 письма"]);
});

test("a blank that nobody fills stays visible", () => {
  expect(fill("Передано: {name}", {}, plurals, numbers)).toBe("Передано: {name}");
});

test("no preposition, dash, number or sign stands alone at a line's end", () => {
  const lines = ["Ни в чём и не о чём", "Окно — это вид", "№ 88", "через 6 мин", "{n} с", "Возьмите, чтобы ответить"];
  expect(lines.map((line) => tidy(line).replaceAll("\u00a0", "_"))).toMatchInlineSnapshot(`
    [
      "Ни_в_чём и_не_о_чём",
      "Окно_— это вид",
      "№_88",
      "через 6_мин",
      "{n}_с",
      "Возьмите, чтобы ответить",
    ]
  `);
});
