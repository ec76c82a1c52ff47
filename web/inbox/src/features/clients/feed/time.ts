import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** Midnight of the reader's day, so many days after an ISO date. */
export function stampOf(day: string, later: number): Timestamp {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return create(TimestampSchema, { seconds: BigInt(Math.floor(new Date(year, month - 1, date + later).getTime() / 1000)) });
}
