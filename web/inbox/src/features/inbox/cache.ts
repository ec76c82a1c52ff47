import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Conversation, Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import type { ListFilter } from "./filter.ts";

// The shapes in the query cache that live events change; `apply.ts` is the only writer besides the queries.

export type ListPage = { conversations: readonly Conversation[]; nextPageToken: string };
export type ListData = InfiniteData<ListPage, unknown>;

export type ThreadPage = { messages: readonly Message[]; beforeToken: string; afterToken: string; readSeq: bigint };
export type ThreadData = InfiniteData<ThreadPage, unknown>;

export const keys = {
  all: ["inbox"] as const,
  lists: ["inbox", "list"] as const,
  list: (filter: ListFilter) => ["inbox", "list", filter] as const,
  conversation: (id: string) => ["inbox", "conversation", id] as const,
  threads: (id: string) => ["inbox", "thread", id] as const,
  thread: (id: string, around: string) => ["inbox", "thread", id, around] as const,
  counts: ["inbox", "counts"] as const,
  ofClient: (id: string) => ["inbox", "client", id] as const,
  message: (id: string) => ["inbox", "message", id] as const,
  /** Named as the service's own queries are: news of its accounts reach it (`app/live.ts`). */
  account: (id: string) => ["inbox", { serviceName: "okno.inbox.v1.ChannelAccountService" }, id] as const,
};

/** Every list in the cache with its filter. */
export function cachedLists(client: QueryClient): { filter: ListFilter; data: ListData | undefined }[] {
  return client.getQueriesData<ListData>({ queryKey: keys.lists }).map(([key, data]) => ({ filter: key[2] as ListFilter, data }));
}

export function cachedThreads(client: QueryClient, conversationId: string): (readonly [key: readonly unknown[], data: ThreadData | undefined])[] {
  return client.getQueriesData<ThreadData>({ queryKey: keys.threads(conversationId) });
}

/** A conversation wherever the cache has it, in its newest form; null when it left our sight. */
export function cachedConversation(client: QueryClient, id: string): Conversation | null | undefined {
  const own = client.getQueryData<Conversation | null>(keys.conversation(id));
  if (own !== undefined) return own;
  for (const { data } of cachedLists(client)) {
    const row = data?.pages.flatMap((page) => page.conversations).find((found) => found.conversationId === id);
    if (row) return row;
  }
  return undefined;
}

/** The rows of a list, each once, in its newest form; order is the caller's. */
export function rowsOf(data: ListData | undefined): Conversation[] {
  const rows = new Map<string, Conversation>();
  for (const page of data?.pages ?? []) {
    for (const row of page.conversations) {
      const known = rows.get(row.conversationId);
      if (!known || known.revision <= row.revision) rows.set(row.conversationId, row);
    }
  }
  return [...rows.values()];
}
