import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import type { Problem } from "../../rpc/errors.ts";
import { type Errors, fieldOf } from "./form.ts";

/** The fields that what was refused names by itself. */
const OF_REASON: Partial<Record<Problem["reason"], string>> = { EMPLOYEE_NOT_FOUND: "responsibleEmployeeId", ACCESS_LEVEL_NOT_FOUND: "accessLevelIds", CUSTOM_FIELD_NOT_FOUND: "customValues" };

/** Which field the server's refusal belongs to; the rest is said at the button. */
export function refusal<F extends string>(problem: Problem | undefined, names: readonly F[]): { fields: Errors<F>; rest: string | undefined } {
  if (!problem) return { fields: {}, rest: undefined };
  const named = OF_REASON[problem.reason];
  const field = fieldOf(problem.metadata["field"] ?? "", names) ?? names.find((name) => name === named);
  if (!field || problem.reason === "ETAG_MISMATCH") return { fields: {}, rest: problemText(problem) };
  return { fields: { [field]: problem.reason === "INVALID_FIELD" ? t("form.refused") : problemText(problem) } as Errors<F>, rest: undefined };
}

/** Leads to the first field that is wrong. */
export function focusFirstError(within: HTMLElement | null): void {
  requestAnimationFrame(() => within?.querySelector<HTMLElement>('[aria-invalid="true"], fieldset[aria-describedby] :is(input, select, button)')?.focus());
}
