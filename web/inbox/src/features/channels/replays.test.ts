import { expect, test } from "vitest";
import { isAwaited } from "./replays.ts";

const letter = { deadLetterId: "1", reason: "no Date", replayedAt: undefined };

test("a letter is looked for until it was read, changed, went, or two minutes are over", () => {
  const asked = [{ letter, at: 0 }];
  expect(isAwaited([], [letter], 1)).toBe(false);
  expect(isAwaited(asked, [letter], 1)).toBe(true);
  expect(isAwaited(asked, [{ ...letter, reason: "no From" }], 1)).toBe(false);
  expect(isAwaited(asked, [], 1)).toBe(false);
  expect(isAwaited(asked, [letter], 120_000)).toBe(false);
});
