import type { Problem } from "./errors.ts";

/** What became of one row. */
export type Outcome<T> = { row: T; problem: Problem | undefined };

const AT_ONCE = 4;

/** Does the same to many rows, a few at a time; a refusal of one stops none of the others. `tell` hears of each. */
export async function runAll<T>(rows: readonly T[], act: (row: T) => Promise<Problem | undefined>, tell: (done: number) => void): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const left = [...rows];
  const worker = async (): Promise<void> => {
    for (let row = left.shift(); row; row = left.shift()) {
      const problem = await act(row);
      outcomes.push({ row, problem });
      tell(outcomes.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcomes;
}
