import type { Problem } from "../rpc/errors.ts";
import { t } from "./index.ts";

/** The words for what went wrong. */
export function problemText(problem: Problem): string {
  return t(`error.${problem.reason}`, { field: "", limit: "", ...problem.metadata });
}
