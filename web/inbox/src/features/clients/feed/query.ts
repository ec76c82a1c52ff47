import type { MessageInitShape } from "@bufbuild/protobuf";
import { type FeedFilterSchema, FeedKind } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { stampOf } from "./time.ts";

// What narrows the feed stands in the address.

const KINDS = { message: FeedKind.MESSAGE, note: FeedKind.NOTE, request: FeedKind.REQUEST, file: FeedKind.FILE, visit: FeedKind.VISIT, change: FeedKind.CHANGE } as const;
export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as KindName[];

export type FeedQuery = {
  kinds: readonly KindName[];
  people: readonly string[];
  /** Days of the reader, ISO; both are part of the period. */
  from: string;
  until: string;
  words: string;
};

export type FeedSearch = Partial<Record<"kinds" | "who" | "from" | "until" | "words", string | undefined>>;

const DAY = /^\d{4}-\d{2}-\d{2}$/u;
/** Shorter texts are not searched for. */
const SHORTEST = 2;

export const EVERYTHING: FeedQuery = { kinds: [], people: [], from: "", until: "", words: "" };

export function readFeed(raw: Readonly<Record<string, unknown>>): FeedQuery {
  const text = (name: string): string => (typeof raw[name] === "string" || typeof raw[name] === "number" ? String(raw[name]) : "");
  const day = (name: string): string => (DAY.test(text(name)) && !Number.isNaN(Date.parse(text(name))) ? text(name) : "");
  const list = (name: string): string[] => text(name).split(",").filter(Boolean);
  return {
    kinds: KIND_NAMES.filter((kind) => list("kinds").includes(kind)),
    people: list("who"),
    from: day("from"),
    until: day("until"),
    words: text("words"),
  };
}

export function feedSearch({ kinds, people, from, until, words }: FeedQuery): FeedSearch {
  return { kinds: kinds.join(",") || undefined, who: people.join(",") || undefined, from: from || undefined, until: until || undefined, words: words || undefined };
}

/** The same as the server is asked. */
export function feedFilter({ kinds, people, from, until, words }: FeedQuery): MessageInitShape<typeof FeedFilterSchema> {
  const typed = words.trim();
  return {
    kinds: kinds.map((kind) => KINDS[kind]),
    employeeIds: [...people],
    ...(from && { from: stampOf(from, 0) }),
    ...(until && { until: stampOf(until, 1) }),
    query: typed.length < SHORTEST ? "" : typed,
  };
}

export function isNarrowed(query: FeedQuery): boolean {
  return query.kinds.length > 0 || query.people.length > 0 || query.from !== "" || query.until !== "" || query.words.trim().length >= SHORTEST;
}
