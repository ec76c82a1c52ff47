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
