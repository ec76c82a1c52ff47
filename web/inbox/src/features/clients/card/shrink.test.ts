import { expect, test } from "vitest";
import { fitted } from "./shrink.ts";

test("the longer side fits, a small picture stays, none becomes nothing", () => {
  expect(fitted(4000, 3000)).toEqual({ width: 512, height: 384 });
  expect(fitted(300, 900)).toEqual({ width: 171, height: 512 });
  expect(fitted(100, 80)).toEqual({ width: 100, height: 80 });
  expect(fitted(10_000, 3)).toEqual({ width: 512, height: 1 });
});
