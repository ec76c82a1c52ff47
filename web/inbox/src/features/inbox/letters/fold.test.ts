import { expect, test } from "vitest";
import { foldText, readOn, restOfLine, signsOf } from "./fold.ts";

test("a letter is folded by code points", () => {
  expect(foldText("Да 👍\n\nВы писали:\n> да", 6)).toEqual({ own: "Да 👍", rest: "Вы писали:\n> да" });
  expect(foldText("Да", 0)).toEqual({ own: "Да", rest: "" });
});

test("the place behind the sender's own words is found in pieces of the markup", () => {
  const own = signsOf("Добрый день, да.\n");
  const first = readOn("Добрый\u00a0день,", own, 0);
  expect(first).toEqual({ at: 10, offset: 12 });
  expect(readOn(" да. Вы писали", own, 10)).toEqual({ at: 12, offset: 3 });
  expect(restOfLine(" да. Вы писали", 3)).toBe(5);
  expect(readOn("Другое", own, 0)).toBeUndefined();
});
