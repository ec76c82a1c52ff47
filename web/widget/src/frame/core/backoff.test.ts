import { expect, test } from "vitest";
import { backoff, retryOf } from "./backoff.ts";

test("the bound doubles from half a second to half a minute, and anything below it may come", () => {
  const most = [0, 1, 2, 5, 6, 7, 50].map((attempt) => backoff(attempt, () => 1));
  expect(most).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
  expect(backoff(9, () => 0)).toBe(0);
  for (let n = 0; n < 200; n += 1) expect(backoff(3)).toBeLessThanOrEqual(4000);
});

test.each([
  ["retry_ms=1200", 1200],
  ['{"retry_ms":300}', 300],
  ["retry_ms=999999", 60_000],
  ["", undefined],
  ["going away", undefined],
])("%s", (reason, ms) => expect(retryOf(reason)).toBe(ms));
