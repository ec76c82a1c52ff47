import type { LeadVisit } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { millis } from "../../rpc/clock.ts";

const HERE_MS = 5 * 60_000;
/** Half an hour of rest ends a visit. */
const GOES_ON_MS = 30 * 60_000;
const LOOK_MS = 30_000;

/** Whether something was heard of it just now. */
export function isHere(visit: LeadVisit, now: number): boolean {
  return now - millis(visit.lastAt) < HERE_MS;
}

/** While somebody may still be on the site, the card looks again. */
export function lookAgain(newest: LeadVisit | undefined, now: number): number | false {
  return newest && now - millis(newest.lastAt) < GOES_ON_MS ? LOOK_MS : false;
}
