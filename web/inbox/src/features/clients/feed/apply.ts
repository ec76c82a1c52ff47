import type { InfiniteData } from "@tanstack/react-query";
import type { FeedEntry, ListClientFeedResponse } from "../../../gen/okno/crm/v1/feed_service_pb.ts";

// What is known anew is laid upon the pages that are there.

export type Feed = InfiniteData<ListClientFeedResponse, string>;

/** Newest first, as the server orders them. */
export function order(a: FeedEntry, b: FeedEntry): number {
  const [one, other] = [a.at, b.at];
  const apart = Number((other?.seconds ?? 0n) - (one?.seconds ?? 0n)) || (other?.nanos ?? 0) - (one?.nanos ?? 0);
  return apart || (a.entryId < b.entryId ? 1 : a.entryId > b.entryId ? -1 : 0);
}

/** A first page that came later: it takes the place of all that is as new as what it holds. */
export function withHead(data: Feed, head: ListClientFeedResponse): Feed {
  const last = head.entries.at(-1);
  const [first, ...rest] = data.pages;
  // It holds everything there is.
  if (!first || !last || !head.nextPageToken) return { pages: [head], pageParams: [""] };
  const pinned = new Set(head.pinned.map(({ entryId }) => entryId));
  const older = (entries: readonly FeedEntry[]): FeedEntry[] => entries.filter((entry) => order(last, entry) < 0 && !pinned.has(entry.entryId));
  const pages = [{ ...head, entries: [...head.entries, ...older(first.entries)], nextPageToken: first.nextPageToken }, ...rest.map((page) => ({ ...page, entries: older(page.entries) }))];
  // Nothing of what was there is left below it: what follows is asked for from where it ends.
  if (first.nextPageToken === "" && pages[0]?.entries.length === head.entries.length) pages[0] = head;
  return { ...data, pages };
}

/** An entry that was pinned, or is no more. */
export function withPin(data: Feed, entryId: string, pinned: boolean): Feed {
  const [first, ...rest] = data.pages;
  const found = data.pages.flatMap((page) => [...page.pinned, ...page.entries, ...page.plans]).find((entry) => entry.entryId === entryId);
  if (!first || !found) return data;
  const changed = { ...found, pinned };
  if (first.plans.some((plan) => plan.entryId === entryId)) {
    return { ...data, pages: [{ ...first, plans: first.plans.map((plan) => (plan.entryId === entryId ? changed : plan)) }, ...rest] };
  }
  const without = (entries: readonly FeedEntry[]): FeedEntry[] => entries.filter((entry) => entry.entryId !== entryId);
  const pages = data.pages.map((page) => ({ ...page, pinned: without(page.pinned), entries: without(page.entries) }));
  const top = pages[0] as ListClientFeedResponse;
  if (pinned) pages[0] = { ...top, pinned: [changed, ...top.pinned] };
  else {
    // Into the page that reaches back to it; behind the last one it comes with the next.
    const place = pages.findIndex((page) => page.nextPageToken === "" || (page.entries.length > 0 && order(changed, page.entries.at(-1) as FeedEntry) < 0));
    const page = pages[place];
    if (page) pages[place] = { ...page, entries: [...page.entries, changed].sort(order) };
  }
  return { ...data, pages };
}

/** Whether something that is shown was changed, and the newest page does not tell how. */
export function missed(data: Feed, head: ListClientFeedResponse, changed: ReadonlySet<string>): boolean {
  const told = new Set([...head.plans, ...head.pinned, ...head.entries].map(({ entryId }) => entryId));
  return data.pages.some((page) => [...page.plans, ...page.pinned, ...page.entries].some(({ entryId }) => changed.has(entryId) && !told.has(entryId)));
}
