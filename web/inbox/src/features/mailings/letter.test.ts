import { expect, test } from "vitest";
import { fill, gapsOf } from "./letter.ts";

const anna = { address: "anna@example.com", name: "Анна", values: { Город: "Тверь", code: "{{name}}", empty: " " } };

test("values stand in their places and are never read as places", () => {
  expect(fill("{{ Name }}!", "{{name}}, {{город}}: {{code}} {{ open", anna)).toEqual({ subject: "Анна!", text: "Анна, Тверь: {{name}} {{ open", missing: [] });
});

test("what has no value is named once", () => {
  expect(fill("{{x}}", "{{x}} {{empty}}", anna).missing).toEqual(["x", "empty"]);
  expect(gapsOf("", "{{город}}", [anna, { ...anna, values: {} }]).map(({ at }) => at)).toEqual([1]);
});

test("where one leaves needs no value in the text", () => {
  expect(fill("x", "{{ Unsubscribe }}", anna)).toEqual({ subject: "x", text: "{{unsubscribe}}", missing: [] });
  expect(fill("{{unsubscribe}}", "x", anna).missing).toEqual(["unsubscribe"]);
});

test("whose values make the letter too long is named", () => {
  const long = { ...anna, values: { x: "ъ".repeat(990) } };
  expect(gapsOf("Тема для {{x}}", "{{x}}", [{ ...anna, values: { x: "1" } }, long]).map(({ at, missing, long: is }) => [at, missing, is])).toEqual([[1, [], true]]);
  expect(gapsOf("{{x}}", "", [{ ...anna, values: { x: "😀".repeat(998) } }]), "characters count, not halves of them").toEqual([]);
});
