import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { channelTitle } from "../../i18n/channel.ts";
import { conversations } from "../../rpc/clients.ts";
import { nameOf } from "./names.ts";

const AT_MOST = 8;

export type FoundConversation = { conversationId: string; channel: string; name: string; detail: string };

/** Conversations that fit a search, for the palette; nothing is asked for an empty one, an old answer is dropped. */
export function useConversationSearch(query: string): readonly FoundConversation[] {
  const { data } = useQuery({
    queryKey: ["palette", query],
    queryFn: async ({ signal }) => (await conversations.listConversations({ pageSize: AT_MOST, query }, { signal })).conversations,
    enabled: query !== "",
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });
  if (query === "") return [];
  return (data ?? []).map((row) => ({ conversationId: row.conversationId, channel: row.channel, name: nameOf(row), detail: `${channelTitle(row.channel)} · ${row.accountName}` }));
}
