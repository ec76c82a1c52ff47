import type { DeadLetter } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";

/** Letters as they were when they were asked to be read again, and since when. */
export type Asked = readonly { letter: Pick<DeadLetter, "deadLetterId" | "reason" | "replayedAt">; at: number }[];

const AWAITED_MS = 2 * 60_000;

/** Is one of them still as it was? After two minutes it stays so. */
export function isAwaited(asked: Asked, now: readonly Asked[number]["letter"][], at: number): boolean {
  return asked.some((one) => {
    const is = now.find(({ deadLetterId }) => deadLetterId === one.letter.deadLetterId);
    return at - one.at < AWAITED_MS && is !== undefined && !is.replayedAt && is.reason === one.letter.reason;
  });
}
