import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import type { Problem } from "../../../rpc/errors.ts";
import { errorsOf, type EmployeeForm, fieldOf, type FormErrors } from "./form.ts";

/** Which field the server's refusal belongs to; the rest is said at the button. */
export function refusal(problem: Problem | undefined): { fields: FormErrors; rest: string | undefined } {
  if (!problem) return { fields: {}, rest: undefined };
  if (problem.reason === "LOGIN_TAKEN") return { fields: { login: problemText(problem) }, rest: undefined };
  if (problem.reason === "LAST_ADMINISTRATOR") return { fields: { roles: problemText(problem) }, rest: problemText(problem) };
  if (problem.reason === "DEPARTMENT_NOT_FOUND") return { fields: { departmentIds: problemText(problem) }, rest: undefined };
  if (problem.reason === "SCHEDULE_NOT_FOUND") return { fields: { scheduleId: problemText(problem) }, rest: undefined };
  const field = problem.reason === "INVALID_FIELD" ? fieldOf(problem.metadata["field"] ?? "") : undefined;
  if (field) return { fields: { [field]: t("form.refused") }, rest: undefined };
  return { fields: {}, rest: problemText(problem) };
}

/** Errors of the form itself only after the first attempt to save; the server's always. */
export function shownErrors(form: EmployeeForm, tried: boolean, problem: Problem | undefined): FormErrors {
  return { ...refusal(problem).fields, ...(tried ? errorsOf(form) : {}) };
}

/** Leads to the first field that is wrong. */
export function focusFirstError(within: HTMLElement | null): void {
  requestAnimationFrame(() => within?.querySelector<HTMLElement>('[aria-invalid="true"], fieldset[aria-describedby] input')?.focus());
}
