import type { NoticePreferences, Quiet } from "./preferences.ts";
import type { ToneName } from "./tones.ts";

export type NoticeKind = "inbound" | "assigned" | "transferred" | "mention" | "channel";

/** Something that happened, as far as it matters for whether it rings. */
export type Fact = {
  kind: NoticeKind;
  channel: string;
  /** The reader's own doing. */
  own: boolean;
  /** The reader is the assignee. */
  mine: boolean;
  /** Waits in a queue of the reader's departments. */
  queue: boolean;
  /** When it happened, in milliseconds. */
  at: number;
};

export type Moment = {
  now: number;
  /** The conversation is open in a visible tab. */
  onScreen: boolean;
  /** By this computer's clock. */
  weekday: number;
  minute: number;
};

export type Decision = { list: boolean; popup: boolean; tone: ToneName };

const NOTHING: Decision = { list: false, popup: false, tone: "none" };

/** What came while nobody looked (a laptop that slept) is listed and does not ring. */
export const RINGS_FOR_MS = 5 * 60_000;
/** What is older was imported. */
export const LISTED_FOR_MS = 24 * 3_600_000;

/** Whether a fact is listed, shown by the browser, and heard. */
export function decide(fact: Fact, preferences: NoticePreferences, moment: Moment): Decision {
  const age = moment.now - fact.at;
  if (fact.own || moment.onScreen || age > LISTED_FOR_MS || !concerns(fact, preferences)) return NOTHING;
  if (age > RINGS_FOR_MS || isQuiet(preferences.quiet, moment)) return { ...NOTHING, list: true };
  const tone = preferences.tones[fact.channel] ?? preferences.tones[""] ?? "none";
  return { list: true, popup: preferences.popup, tone: preferences.sound && preferences.volume > 0 ? tone : "none" };
}

function concerns({ kind, mine, queue }: Fact, { scope }: NoticePreferences): boolean {
  if (kind === "channel" || kind === "mention") return true;
  if (scope === "mentions") return false;
  return mine || (scope === "departments" && queue);
}

/** Within the quiet hours? A stretch over midnight belongs to the day on which it begins. */
export function isQuiet({ on, from, to, days }: Quiet, { weekday, minute }: Pick<Moment, "weekday" | "minute">): boolean {
  if (!on || from === to) return false;
  if (from < to) return days.includes(weekday) && from <= minute && minute < to;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return (days.includes(weekday) && minute >= from) || (days.includes(yesterday) && minute < to);
}

const STRENGTH: Record<NoticeKind, number> = { channel: 5, mention: 4, transferred: 3, assigned: 2, inbound: 1 };

/** Of several facts about one conversation the one that says most. */
export function strongest<T extends { kind: NoticeKind }>(facts: readonly T[]): T | undefined {
  return [...facts].sort((a, b) => STRENGTH[b.kind] - STRENGTH[a.kind])[0];
}
