import { expect, test } from "vitest";
import { toPreference, viewsOf, withView } from "./views.ts";

test("views are kept and found again; what was spoiled is left out", () => {
  const views = withView([], { name: "VIP", search: { importance: "4" } });
  expect(viewsOf(toPreference(views))).toEqual(views);
  expect(toPreference([])).toBe("");
  for (const spoiled of ["{", "7", "null", '[null, 3, {"name":"x"}]']) expect(viewsOf(spoiled), spoiled).toEqual([]);
});

test("a view of the same name takes the other's place", () => {
  const views = withView(withView([], { name: "А", search: { q: "1" } }), { name: "А", search: { q: "2" } });
  expect(views).toEqual([{ name: "А", search: { q: "2" } }]);
});
