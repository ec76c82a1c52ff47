import { expect, test } from "vitest";
import { FeedKind } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { EVERYTHING, feedFilter, feedSearch, isNarrowed, readFeed } from "./query.ts";

test("what narrows the feed is read from the address and written back", () => {
  const search = { kinds: "note,file", who: "a,b", from: "2026-11-01", until: "2026-11-23", words: "счёт" };
  expect(feedSearch(readFeed(search))).toEqual(search);
  expect(readFeed({ kinds: "note,unheard", from: "1 ноября", until: "2026-13-45", words: 42, edit: true })).toEqual({ ...EVERYTHING, kinds: ["note"], words: "42" });
  expect(Object.values(feedSearch(EVERYTHING)).every((value) => value === undefined)).toBe(true);
});

test("the server is asked for whole days of the reader, and for no single letter", () => {
  const filter = feedFilter({ ...EVERYTHING, kinds: ["change"], from: "2026-11-01", until: "2026-11-01", words: "я" });
  expect(filter.kinds).toEqual([FeedKind.CHANGE]);
  expect(Number(filter.until?.seconds) - Number(filter.from?.seconds)).toBe(86_400);
  expect(filter.query).toBe("");
  expect(isNarrowed({ ...EVERYTHING, words: "я" })).toBe(false);
  expect(isNarrowed({ ...EVERYTHING, words: "яр" })).toBe(true);
});
