import { t } from "../i18n/index.ts";
import { problemText } from "../i18n/problem.ts";
import type { Problem } from "./errors.ts";

// Fields of forms and of the contract: how each calls them, and which one a refusal means.

export type FieldErrors<F extends string> = Partial<Record<F, string>>;

/** "given_name" of "givenName", as the contract writes it. */
export function pathOf(field: string): string {
  return field.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

/** "givenName" of "given_name", as this page calls it. */
export function camelOf(path: string): string {
  return path.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

/** The field that an error of the server's means: "client.addresses[1].value" is one of `addresses`. */
export function fieldOf<F extends string>(path: string, names: readonly F[]): F | undefined {
  const [first = ""] = path.replace(/^(?:client|contact|contract|entry|field|settings|access_level|lead)\./u, "").split(/[.[]/u);
  return names.find((name) => pathOf(name) === first);
}

export function trimmed<T extends object>(form: T): T {
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, typeof value === "string" ? value.trim() : value])) as T;
}

/** The fields that what was refused names by itself. */
const OF_REASON: Partial<Record<Problem["reason"], string>> = { EMPLOYEE_NOT_FOUND: "responsibleEmployeeId", ACCESS_LEVEL_NOT_FOUND: "accessLevelIds", CUSTOM_FIELD_NOT_FOUND: "customValues" };

/** Which field the server's refusal belongs to; the rest is said at the button. */
export function refusal<F extends string>(problem: Problem | undefined, names: readonly F[]): { fields: FieldErrors<F>; rest: string | undefined } {
  if (!problem) return { fields: {}, rest: undefined };
  const named = OF_REASON[problem.reason];
  const field = fieldOf(problem.metadata["field"] ?? "", names) ?? names.find((name) => name === named);
  if (!field || problem.reason === "ETAG_MISMATCH") return { fields: {}, rest: problemText(problem) };
  return { fields: { [field]: problem.reason === "INVALID_FIELD" ? t("form.refused") : problemText(problem) } as FieldErrors<F>, rest: undefined };
}
