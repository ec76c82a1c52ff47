import type { FeedEntry } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { dayOf } from "../../../i18n/format.ts";
import { millis } from "../../../rpc/clock.ts";

export type Day = { day: number; entries: FeedEntry[] };

/** Entries by the reader's days, in the order in which they came. */
export function byDay(entries: readonly FeedEntry[]): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const day = dayOf(millis(entry.at));
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}
