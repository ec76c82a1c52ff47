import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { ChannelTemplateService, type ListChannelTemplatesResponse } from "../../../gen/okno/inbox/v1/channel_template_service_pb.ts";
import { transport } from "../../../rpc/transport.ts";

const templates = createClient(ChannelTemplateService, transport);
const PAGE = 50;
const AGAIN = 3_000;

/** The templates of an account that hold these words, with those that are not approved; asked for again until the channel's list is newer than `awaited` (ms). */
export function useTemplates(accountId: string, words: string, awaited: number | undefined) {
  const query = useDeferredValue(words.trim());
  return useInfiniteQuery({
    queryKey: ["channel-templates", accountId, query],
    queryFn: ({ pageParam, signal }) => templates.listChannelTemplates({ accountId, query, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchInterval: ({ state }) => awaited !== undefined && listedAt(state.data?.pages[0]) <= awaited && AGAIN,
  });
}

/** When the channel was last asked with success; 0: never. */
export function listedAt(page: ListChannelTemplatesResponse | undefined): number {
  return page?.listedAt ? timestampMs(page.listedAt) : 0;
}

/** Asks the channel for its list: `listed_at` tells when it has come. */
export async function refreshTemplates(accountId: string): Promise<void> {
  await templates.refreshChannelTemplates({ accountId });
}
