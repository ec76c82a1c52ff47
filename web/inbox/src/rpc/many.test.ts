import { expect, test } from "vitest";
import { runAll } from "./many.ts";

test("all are done, a few at a time; a refusal stops none of the others", async () => {
  let running = 0;
  let most = 0;
  const told: number[] = [];
  const act = async (row: string) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return row === "c" ? ({ reason: "CLIENT_ARCHIVED" } as never) : undefined;
  };
  const outcomes = await runAll(["a", "b", "c", "d", "e", "f", "g"], act, (done) => told.push(done));
  expect(outcomes.map(({ row }) => row).sort().join("")).toBe("abcdefg");
  expect(outcomes.filter(({ problem }) => problem).map(({ row }) => row)).toEqual(["c"]);
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(4);
});
