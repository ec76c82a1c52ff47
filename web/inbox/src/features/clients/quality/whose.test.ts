import { expect, test } from "vitest";
import { readWhose, writeWhose } from "./whose.ts";

test.each(["department:1", "employee:2", undefined])("%s in the address says whose quality is shown", (text) => {
  expect(writeWhose(readWhose(text))).toBe(text);
});

test.each(["department:", "manager:1", 5, "employee"])("%s says nothing", (text) => {
  expect(readWhose(text)).toEqual({ kind: "company" });
});
