import { AccountPhase, type AccountSpan } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Key } from "../../i18n/index.ts";
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
