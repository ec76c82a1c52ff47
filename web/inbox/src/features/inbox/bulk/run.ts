import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Problem } from "../../../rpc/errors.ts";

/** What became of one row. */
export type Outcome = { row: Conversation; problem: Problem | undefined };

const AT_ONCE = 4;

/** Does the same to many rows, a few at a time; a refusal of one stops none of the others. `tell` hears of each. */
export async function runAll(rows: readonly Conversation[], act: (row: Conversation) => Promise<Problem | undefined>, tell: (done: number) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
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
