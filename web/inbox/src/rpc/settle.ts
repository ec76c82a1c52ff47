import type { Query, QueryClient, QueryFilters } from "@tanstack/react-query";

/** Resolves when the query asks nothing any more: it has its answer or its error, or is gone from the cache. */
export function settled(client: QueryClient, query: Query): Promise<void> {
  if (query.state.fetchStatus === "idle") return Promise.resolve();
  return new Promise((resolve) => {
    const off = client.getQueryCache().subscribe((event) => {
      if (event.query !== query || (event.type !== "removed" && query.state.fetchStatus !== "idle")) return;
      off();
      resolve();
    });
  });
}

const again = new WeakSet<Query>();

/**
 * Invalidates what matches, for sure: a query that is asking for the first time is passed by by the library, and its answer
 * may be older than what we know now. It asks once more when it has settled.
 */
export function askAnew(client: QueryClient, filters: Omit<QueryFilters, "exact">): void {
  const first = client.getQueryCache().findAll(filters).filter(({ state }) => state.data === undefined && state.fetchStatus !== "idle");
  void client.invalidateQueries(filters);
  for (const query of first) {
    if (again.has(query)) continue;
    again.add(query);
    void settled(client, query).then(() => {
      again.delete(query);
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    });
  }
}
