import { clock, fullTime, listTime } from "../i18n/format.ts";
import { useLanguage } from "../i18n/index.ts";

/** A moment, short; date, seconds and zone stand in the tooltip. `now` decides the short form in lists. */
export function Time({ at, now, className }: { at: number; now?: number; className?: string | undefined }) {
  useLanguage();
  if (!at) return null;
  return (
    <time className={className} dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {now === undefined ? clock(at) : listTime(at, now)}
    </time>
  );
}
