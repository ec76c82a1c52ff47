const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait before try `attempt` (from 0): anything up to a bound that doubles, so that many visitors do not come back at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** `retry_ms=1200` of a close reason. */
export function retryOf(reason: string): number | undefined {
  const found = /(?:^|\W)retry_ms"?[=:]\s*(\d{1,6})/.exec(reason)?.[1];
  return found === undefined ? undefined : Math.min(Number(found), 60_000);
}
