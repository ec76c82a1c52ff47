import type { Query, QueryClient } from "@tanstack/react-query";
import { settled } from "../../rpc/settle.ts";
import { keys } from "./cache.ts";

export type Ids = { rows: Set<string>; messages: Set<string> };

/** More news than this during one fetch: the query is asked for anew as a whole. */
const MOST = 1_000;

const waiting = new WeakMap<QueryClient, Map<Query, Ids>>();
const listeners = new WeakMap<QueryClient, (ids: Ids) => void>();

/**
 * What was touched while a query that shows it is under way: the answer may be older than the news and replaces what the
 * news have changed. `again` is called with those ids when the query has settled.
 */
export function onLate(client: QueryClient, again: (ids: Ids) => void): () => void {
  listeners.set(client, again);
  return () => {
    if (listeners.get(client) === again) listeners.delete(client);
  };
}

export function touchRows(client: QueryClient, ids: Iterable<string>): void {
  const touched = [...ids];
  for (const query of under(client, keys.lists)) for (const id of touched) hold(client, query).rows.add(id);
  for (const id of touched) for (const query of under(client, keys.conversation(id))) hold(client, query).rows.add(id);
}

export function touchMessages(client: QueryClient, conversationId: string, ids: Iterable<string>): void {
  const touched = [...ids];
  for (const query of under(client, keys.threads(conversationId))) for (const id of touched) hold(client, query).messages.add(id);
}

function under(client: QueryClient, queryKey: readonly unknown[]): Query[] {
  return client.getQueryCache().findAll({ queryKey, predicate: ({ state }) => state.fetchStatus !== "idle" });
}

function hold(client: QueryClient, query: Query): Ids {
  const held = waiting.get(client) ?? new Map<Query, Ids>();
  waiting.set(client, held);
  const known = held.get(query);
  if (known) return known;
  const ids: Ids = { rows: new Set(), messages: new Set() };
  held.set(query, ids);
  void settled(client, query).then(() => {
    held.delete(query);
    if (ids.rows.size + ids.messages.size > MOST) void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    else listeners.get(client)?.(ids);
  });
  return ids;
}
