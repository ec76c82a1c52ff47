import { expect, test } from "vitest";
import { BARS, barsOf } from "./waveform.ts";

test("a sound that grows has bars that grow, the loudest fills its place", () => {
  const bars = barsOf(Float32Array.from({ length: 4_000 }, (_, index) => (index / 8_000) * (index % 2 ? 1 : -1)));
  expect(bars).toHaveLength(BARS);
  expect(bars.every((bar, index) => index === 0 || bar >= (bars[index - 1] ?? 0))).toBe(true);
  expect(bars.at(-1)).toBe(1);
});

test("silence is a flat line, not nothing", () => {
  expect(barsOf(new Float32Array(100))).toEqual(Array.from({ length: BARS }, () => 0.25));
});
