import type { Key } from "../../../i18n/index.ts";
import { readAmount } from "../money.ts";

export type ByHandForm = { amount: string; endsOn: string; reason: string };

const MOST_DAYS = 3_660;
const DAY_MS = 86_400_000;

/** What the server would refuse; days are those of UTC, as there. */
export function errorsOf({ amount, endsOn, reason }: ByHandForm, now: number): Partial<Record<keyof ByHandForm, Key>> {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const fits = /^\d{4}-\d\d-\d\d$/u.test(endsOn) && endsOn >= day(now) && endsOn <= day(now + MOST_DAYS * DAY_MS);
  return {
    ...(readAmount(amount) === undefined ? { amount: "potential.wrong.amount" } : {}),
    ...(fits ? {} : { endsOn: "potential.wrong.day" }),
    ...(reason.trim() ? {} : { reason: "form.required" }),
  };
}
