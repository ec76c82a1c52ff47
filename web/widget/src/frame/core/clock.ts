/** The gateway takes nothing that says it was written further ahead of its own clock than this, in ms. */
const AHEAD_MS = 23 * 3_600_000;

/** A moment of this browser's clock as the server's, which is `skew` ms ahead: never in the server's future, nor before 1970. */
export function onServer(at: number, skew: number, here: number = Date.now()): number {
  return Math.max(0, Math.min(at, here) + skew);
}

/** Whether the server would say of a moment that it cannot have been yet. */
export function impossible(at: number, skew: number, here: number = Date.now()): boolean {
  return at > here + skew + AHEAD_MS;
}
