import { expect, test } from "vitest";

// Before anything makes a format: the reader's zone is the machine's.
process.env["TZ"] = "Asia/Vladivostok";
const { clock, dayOf } = await import("./format.ts");

// acceptance: XC-6
test("an instant is shown in the reader's zone", () => {
  const evening = Date.UTC(2026, 10, 23, 16, 30);
  expect(clock(evening)).toBe("02:30");
  expect(dayOf(evening)).toBe(Date.UTC(2026, 10, 23, 14, 0));
});
