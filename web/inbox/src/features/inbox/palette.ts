import { useQuery as useCall } from "@connectrpc/connect-query";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { SearchService } from "../../gen/okno/inbox/v1/search_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { listTime } from "../../i18n/format.ts";
import { conversations } from "../../rpc/clients.ts";
import { serverNow } from "../../rpc/clock.ts";
import { nameOf } from "./names.ts";

const AT_MOST = 8;
const MESSAGES = 6;

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

export type FoundMessage = { messageId: string; conversationId: string; seq: number; channel: string; text: string; detail: string };

/** What was written in any dialog in sight, by its words in any of their forms; newest first. */
export function useMessageSearch(query: string): readonly FoundMessage[] {
  const { data } = useCall(SearchService.method.findMessages, { query, pageSize: MESSAGES }, { enabled: query !== "", placeholderData: keepPreviousData, staleTime: 5_000 });
  if (query === "" || !data) return [];
  const rows = new Map(data.conversations.map((row) => [row.conversationId, row]));
  return data.messages.flatMap(({ messageId, conversationId, seq, shownAt, snippet }) => {
    const row = rows.get(conversationId);
    if (!row) return [];
    const text = snippet.map((part) => part.text).join(" ");
    return [{ messageId, conversationId, seq: Number(seq), channel: row.channel, text, detail: `${nameOf(row)} · ${listTime(Number(shownAt?.seconds ?? 0n) * 1000, serverNow())}` }];
  });
}
