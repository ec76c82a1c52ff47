import { zoneClock } from "../../../i18n/format.ts";
import { serverNow } from "../../../rpc/clock.ts";

/** What time it is there; empty where no zone is known. */
export function zoneNow(now: number, timeZone: string): string {
  return timeZone && zoneClock(now || serverNow(), timeZone);
}
