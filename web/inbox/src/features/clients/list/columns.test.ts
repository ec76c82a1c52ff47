import { expect, test } from "vitest";
import { COLUMN_NAMES, columnsOf, toPreference } from "./columns.tsx";

test("columns stand in the table's order, however they were chosen; unknown ones are left out", () => {
  expect(columnsOf("inn,phone,toString")).toEqual(["phone", "inn"]);
});

test("none is a choice, and nothing chosen is the usual", () => {
  expect(columnsOf(toPreference([]))).toEqual([]);
  expect(columnsOf("").length).toBeGreaterThan(3);
  expect(columnsOf(toPreference(COLUMN_NAMES))).toEqual(COLUMN_NAMES);
});
