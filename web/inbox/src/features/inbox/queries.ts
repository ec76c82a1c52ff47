import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Conversation } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { OpenFilter } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { cachedLists, keys, rowsOf } from "./cache.ts";
import type { ListFilter } from "./filter.ts";
import { contractFilter } from "./savedViews.ts";
import { partsOf } from "./thread/parts.ts";
import { ORDER_VALUES, VIEW_VALUES } from "./views.ts";

const PAGE = 50;

/** What a page of a list is asked with. */
export function listQuestion(filter: ListFilter, pageToken: string) {
  return {
    pageSize: PAGE,
    pageToken,
    view: VIEW_VALUES[filter.view],
    order: ORDER_VALUES[filter.order],
    query: filter.query,
    filter: contractFilter(filter),
    open: onlyOpen(filter) ? OpenFilter.OPEN : OpenFilter.UNSPECIFIED,
  };
}

export function listOptions(filter: ListFilter) {
  return infiniteQueryOptions({
    queryKey: keys.list(filter),
    queryFn: async ({ pageParam, signal }) => {
      const { conversations: rows, nextPageToken } = await conversations.listConversations(listQuestion(filter, pageParam), { signal });
      return { conversations: rows as readonly Conversation[], nextPageToken };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** What is mine or nobody's is work: finished conversations are found under "all", or by their state. */
function onlyOpen({ view, saved, values }: ListFilter): boolean {
  return !saved && values.state.length === 0 && (view === "mine" || view === "unassigned");
}

/** A search keeps the last answer on screen until the next one is there. */
export function useList(filter: ListFilter, enabled = true) {
  const options = { ...listOptions(filter), enabled };
  return useInfiniteQuery(filter.query ? { ...options, placeholderData: keepPreviousData } : options);
}

export const countsOptions = queryOptions({
  queryKey: keys.counts,
  queryFn: ({ signal }) => conversations.countConversations({}, { signal }),
});

export function useCounts() {
  return useQuery(countsOptions).data;
}

/** The open conversation: from the list at once, from the server when the URL is all there is. Null: not in our sight. */
export function useConversation(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.conversation(id),
    queryFn: async ({ signal }): Promise<Conversation | null> => {
      const { conversations: rows } = await conversations.batchGetConversations({ conversationIds: [id] }, { signal });
      return rows[0] ?? null;
    },
    initialData: () =>
      cachedLists(client)
        .flatMap(({ data }) => rowsOf(data))
        .find((row) => row.conversationId === id),
  });
}

export function threadOptions(conversationId: string, around: bigint) {
  return infiniteQueryOptions({
    queryKey: keys.thread(conversationId, String(around)),
    queryFn: async ({ pageParam, signal }) => {
      const page = await conversations.listMessages(
        { conversationId, pageSize: PAGE, pageToken: pageParam, aroundSeq: pageParam ? 0n : around },
        { signal },
      );
      await partsOf(page.messages);
      return { messages: page.messages, beforeToken: page.beforePageToken, afterToken: page.afterPageToken, readSeq: page.readSeq };
    },
    initialPageParam: "",
    getPreviousPageParam: (page) => page.beforeToken || undefined,
    getNextPageParam: (page) => page.afterToken || undefined,
  });
}

export function useThreadQuery(conversationId: string, around: bigint) {
  return useInfiniteQuery(threadOptions(conversationId, around));
}

export type ThreadQuery = ReturnType<typeof useThreadQuery>;

/** A message that is quoted and may lie outside of the loaded stretch. */
export function useQuoted(messageId: string) {
  return useQuery({
    queryKey: keys.message(messageId),
    queryFn: async ({ signal }) => (await conversations.batchGetMessages({ messageIds: [messageId] }, { signal })).messages[0] ?? null,
    enabled: messageId !== "",
  }).data;
}

const NO_ROWS: readonly Conversation[] = [];

/** Every dialog of one client, in whatever channel; asked for anew when it is looked at again. */
export function useDialogsOfClient(clientId: string): { rows: readonly Conversation[]; loaded: boolean; hasMore: boolean } {
  const { data } = useQuery({
    queryKey: keys.ofClient(clientId),
    queryFn: async ({ signal }) => (await conversations.listConversations({ pageSize: PAGE, filter: { clientId } }, { signal })).conversations,
    enabled: clientId !== "",
    staleTime: 10_000,
  });
  return { rows: data ?? NO_ROWS, loaded: data !== undefined, hasMore: data?.length === PAGE };
}

/** The account behind a conversation: its capabilities drive the composer. */
export function useAccount(accountId: string): ChannelAccount | undefined {
  return useQuery({
    queryKey: keys.account(accountId),
    queryFn: async ({ signal }) => (await (await import("../../rpc/accounts.ts")).accounts.getChannelAccount({ accountId }, { signal })).account ?? null,
    enabled: accountId !== "",
  }).data ?? undefined;
}
