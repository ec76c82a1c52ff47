import { type Problem, reasonOf } from "../rpc/errors.ts";
import { t } from "./index.ts";

/** The words for what went wrong. */
export function problemText(problem: Problem): string {
  const values = { field: "", limit: "", ...problem.metadata };
  const key = `error.${problem.reason}` as const;
  const text = t(key, values);
  return text === key ? t(`error.${reasonOf(problem.code)}`, values) : text;
}
