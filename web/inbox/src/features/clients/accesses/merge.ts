import type { Access } from "../../../gen/okno/org/v1/access_pb.ts";

/** What has come of one service's log, newest first. */
export type Source = { accesses: readonly Access[]; hasMore: boolean };

const timeOf = ({ at }: Access): bigint => (at?.seconds ?? 0n) * 1_000_000_000n + BigInt(at?.nanos ?? 0);

/**
 * One list of several, newest first: as far down as nothing can come between any more. `next` are those that it waits for,
 * by their place.
 */
export function merge(sources: readonly Source[]): { shown: Access[]; next: number[] } {
  const ends = sources.map(({ accesses, hasMore }) => {
    const last = accesses.at(-1);
    return hasMore && last ? timeOf(last) : undefined;
  });
  const horizon = ends.reduce<bigint | undefined>((most, end) => (end !== undefined && (most === undefined || end > most) ? end : most), undefined);
  const all = sources.flatMap(({ accesses }) => accesses).sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : timeOf(one) > timeOf(other) ? -1 : 0));
  return {
    shown: horizon === undefined ? all : all.filter((one) => timeOf(one) >= horizon),
    next: ends.flatMap((end, place) => (end !== undefined && end === horizon ? [place] : [])),
  };
}
