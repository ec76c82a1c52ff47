import { createClient } from "@connectrpc/connect";
import { keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { FeedService, type ListClientFeedResponse } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { queryClient } from "../../../rpc/query.ts";
import { askAnew } from "../../../rpc/settle.ts";
import { transport } from "../../../rpc/transport.ts";
import { toast } from "../../../ui/toasts.ts";
import { type Feed, withPin } from "./apply.ts";
import { feedFilter, type FeedQuery } from "./query.ts";

const feeds = createClient(FeedService, transport);

const FEED = ["clients", "feed"] as const;

export function feedKey(clientId: string, query?: FeedQuery): readonly unknown[] {
  return query ? [...FEED, clientId, query] : [...FEED, clientId];
}

export function feedPage(clientId: string, query: FeedQuery, pageToken: string, signal?: AbortSignal): Promise<ListClientFeedResponse> {
  return feeds.listClientFeed({ clientId, filter: feedFilter(query), pageToken }, signal ? { signal } : {});
}

export function useFeed(clientId: string, query: FeedQuery) {
  return useInfiniteQuery({
    queryKey: feedKey(clientId, query),
    queryFn: ({ pageParam, signal }) => feedPage(clientId, query, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** Pins or unpins at once; a refusal puts it back. */
export function usePin(clientId: string): (entryId: string, pinned: boolean) => void {
  const { mutate } = useMutation({
    mutationFn: ({ entryId, pinned }: { entryId: string; pinned: boolean }): Promise<unknown> => (pinned ? feeds.pinFeedEntry({ clientId, entryId }) : feeds.unpinFeedEntry({ clientId, entryId })),
    onMutate: ({ entryId, pinned }) => queryClient.setQueriesData<Feed>({ queryKey: feedKey(clientId) }, (data) => data && withPin(data, entryId, pinned)),
    onError: (error) => {
      askAnew(queryClient, { queryKey: feedKey(clientId) });
      toast(problemText(problemOf(error)), { error: true });
    },
  });
  return (entryId, pinned) => mutate({ entryId, pinned });
}
