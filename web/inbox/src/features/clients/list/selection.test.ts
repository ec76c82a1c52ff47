import { expect, test } from "vitest";
import { between, toggled } from "./selection.ts";

test("a stretch goes from one end to the other, whichever came first", () => {
  const order = ["a", "b", "c", "d"];
  expect(between(order, "b", "d")).toEqual(["b", "c", "d"]);
  expect(between(order, "d", "b")).toEqual(["b", "c", "d"]);
  expect(between(order, "gone", "c")).toEqual(["c"]);
  expect(between(order, "c", "c")).toEqual(["c"]);
});

test("a row is chosen and let go", () => {
  const one = toggled(new Set(), "a");
  expect([...one]).toEqual(["a"]);
  expect([...toggled(one, "a")]).toEqual([]);
});
