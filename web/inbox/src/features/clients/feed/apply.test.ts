import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type FeedEntry, FeedEntrySchema, type ListClientFeedResponse, ListClientFeedResponseSchema } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { type Feed, missed, withHead, withPin } from "./apply.ts";

const entry = (at: number, pinned = false): FeedEntry => create(FeedEntrySchema, { entryId: `e${at}`, at: { seconds: BigInt(at) }, pinned });
const page = (entries: readonly number[], more: boolean, pinned: readonly number[] = []): ListClientFeedResponse =>
  create(ListClientFeedResponseSchema, { entries: entries.map((at) => entry(at)), pinned: pinned.map((at) => entry(at, true)), nextPageToken: more ? `after ${entries.at(-1)}` : "" });
const feed = (...pages: ListClientFeedResponse[]): Feed => ({ pages, pageParams: pages.map((_, index) => (index === 0 ? "" : "more")) });
const shown = ({ pages }: Feed): string[][] => pages.map(({ entries }) => entries.map(({ entryId }) => entryId));

test("a newer first page takes the place of what is as new as it", () => {
  const known = feed(page([9, 8, 7], true), page([6, 5], true));
  const next = withHead(known, page([11, 10, 9], true));
  expect(shown(next)).toEqual([["e11", "e10", "e9", "e8", "e7"], ["e6", "e5"]]);
  expect(next.pages.map(({ nextPageToken }) => nextPageToken), "what follows is asked for from where it was").toEqual(["after 7", "after 5"]);
  expect(shown(withHead(known, page([9, 7, 6], true))), "what is gone goes").toEqual([["e9", "e7", "e6"], ["e5"]]);
  expect(shown(withHead(known, page([3], false))), "all there is").toEqual([["e3"]]);
  expect(shown(withHead(known, page([9, 7], true, [8])))).toEqual([["e9", "e7"], ["e6", "e5"]]);
});

test("a first page that was all there was knows when there is more", () => {
  const grown = withHead(feed(page([], false)), page([5, 4], true));
  expect(grown.pages[0]?.nextPageToken).toBe("after 4");
  expect(withHead(feed(page([3], false)), page([5, 4], true)).pages[0]?.nextPageToken).toBe("");
});

test("what is pinned goes up and comes back to its place", () => {
  const known = feed(page([9, 7], true, [3]), page([6, 4], true));
  const up = withPin(known, "e6", true);
  expect(up.pages[0]?.pinned.map(({ entryId, pinned }) => [entryId, pinned])).toEqual([["e6", true], ["e3", true]]);
  expect(shown(up)).toEqual([["e9", "e7"], ["e4"]]);
  expect(shown(withPin(up, "e6", false))).toEqual([["e9", "e7"], ["e6", "e4"]]);
  expect(shown(withPin(known, "e3", false)), "older than all that is shown").toEqual([["e9", "e7"], ["e6", "e4"]]);
  expect(shown(withPin(feed(page([9], false, [3])), "e3", false))).toEqual([["e9", "e3"]]);
  expect(withPin(known, "unheard", true)).toBe(known);
});

test("a change below the newest page is noticed", () => {
  const known = feed(page([9, 8], true), page([6], false));
  const head = page([9, 8], true);
  expect(missed(known, head, new Set(["e9"]))).toBe(false);
  expect(missed(known, head, new Set(["e6"]))).toBe(true);
  expect(missed(known, head, new Set(["of another filter"]))).toBe(false);
});
