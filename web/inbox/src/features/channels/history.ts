import { AccountPhase, type AccountSpan } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { clock, dayAndClock, dayOf, duration } from "../../i18n/format.ts";
import { type Key, t } from "../../i18n/index.ts";
import { millis } from "../../rpc/clock.ts";

export const PHASES: Record<AccountPhase, [Key, string]> = {
  [AccountPhase.UNSPECIFIED]: ["history.unknown", "unknown"],
  [AccountPhase.WORKING]: ["history.working", "working"],
  [AccountPhase.PROBLEM]: ["history.problem", "problem"],
  [AccountPhase.PAUSED]: ["history.paused", "paused"],
};

export type Stretch = { phase: AccountPhase; from: number; to: number; span: AccountSpan };

/** The day's spans with their times, oldest first; one that took no time is none. */
export function stretches(spans: readonly AccountSpan[]): Stretch[] {
  return spans.map((span) => ({ phase: span.phase, from: millis(span.from), to: millis(span.to), span })).filter(({ from, to }) => to > from);
}

/** How long it was so, of all that is known, in milliseconds. */
export function total(all: readonly Stretch[], phase: AccountPhase): number {
  return all.filter((one) => one.phase === phase).reduce((sum, { from, to }) => sum + to - from, 0);
}

/** What is to be said of the day as a whole. A stretch of which nothing is known is none without failures. */
export function sumUp(all: readonly Stretch[]): string {
  const trouble = total(all, AccountPhase.PROBLEM);
  if (trouble > 0) return t("history.trouble", { time: duration(trouble) });
  return all.some(({ phase }) => phase !== AccountPhase.UNSPECIFIED) ? t("history.noTrouble") : t("history.nothingKnown");
}

/** When it began and ended: "yesterday 23:50" and "00:10"; the day is said once where both fall on it. */
export function startAndEnd({ from, to }: Stretch, now: number): [string, string] {
  return [dayAndClock(from, now), dayOf(from) === dayOf(to) ? clock(to) : dayAndClock(to, now)];
}
