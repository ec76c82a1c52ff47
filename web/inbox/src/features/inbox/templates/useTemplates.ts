import { createClient } from "@connectrpc/connect";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { ChannelTemplateService } from "../../../gen/okno/inbox/v1/channel_template_service_pb.ts";
import { transport } from "../../../rpc/transport.ts";

const templates = createClient(ChannelTemplateService, transport);
const PAGE = 50;

/** The approved templates of an account that hold these words. */
export function useTemplates(accountId: string, words: string) {
  const query = useDeferredValue(words.trim());
  return useInfiniteQuery({
    queryKey: ["channel-templates", accountId, query],
    queryFn: ({ pageParam, signal }) => templates.listChannelTemplates({ accountId, onlyApproved: true, query, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** Asks the channel for its list; when it has come, the list is read again by whoever opens it. */
export async function refreshTemplates(accountId: string): Promise<void> {
  await templates.refreshChannelTemplates({ accountId });
}
