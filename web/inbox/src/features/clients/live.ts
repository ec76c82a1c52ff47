import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { BatchGetClientsResponse, ListClientsResponse } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { onLive } from "../../rpc/live/hub.ts";
import { queryClient } from "../../rpc/query.ts";
import { askAnew } from "../../rpc/settle.ts";
import { clients, LIST } from "./queries.ts";

// Others change clients while a list is looked at: rows follow in their places, what has none yet waits to be asked for.

const COLLECT_MS = 300;
const AT_MOST = 200;

type Pages = InfiniteData<ListClientsResponse, string>;

/** Lays what is known anew upon the rows that are there; one that was asked for and did not come is gone. */
export function patchPages(data: Pages, asked: readonly string[], came: Pick<BatchGetClientsResponse, "clients" | "potentials">): Pages {
  const fresh = new Map(came.clients.map((client) => [client.clientId, client]));
  const anew = new Set(asked);
  const gone = new Set(asked.filter((id) => !fresh.has(id)));
  const pages = data.pages.map((page) => ({
    ...page,
    potentials: [...page.potentials.filter(({ clientId }) => !anew.has(clientId)), ...came.potentials.filter(({ clientId }) => page.clients.some((client) => client.clientId === clientId))],
    clients: page.clients.filter(({ clientId }) => !gone.has(clientId)).map((client) => fresh.get(client.clientId) ?? client),
  }));
  return { ...data, pages };
}

/** Whether any list that is kept has a row of this client. */
function isListed(client: QueryClient, clientId: string): boolean {
  return client.getQueriesData<Pages>({ queryKey: LIST }).some(([, data]) => data?.pages.some((page) => page.clients.some((row) => row.clientId === clientId)));
}

async function follow(ids: readonly string[]): Promise<void> {
  try {
    const came = await clients.batchGetClients({ clientIds: [...ids], inPassing: true });
    queryClient.setQueriesData<Pages>({ queryKey: LIST }, (data) => data && patchPages(data, ids, came));
  } catch {
    // The rows stay as they were; opening one asks for it.
  }
}

/** Keeps the rows true; tells whether there is something that has no row. */
export function useListFeed(): { news: boolean; seen: () => void } {
  const [news, setNews] = useState(false);
  useEffect(() => {
    const ids = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = onLive(({ response: { what }, fresh }) => {
      // Nobody knows what was missed meanwhile.
      if (what.case === "reset" || (what.case === "hello" && fresh)) askAnew(queryClient, { queryKey: LIST });
      if (what.case !== "event") return;
      const { what: change } = what.value;
      if (change.case === "clientSettingsChanged") setNews(true);
      if (change.case !== "clientChanged") return;
      const { clientId } = change.value;
      if (!isListed(queryClient, clientId)) return setNews(true);
      ids.add(clientId);
      timer ??= setTimeout(() => {
        timer = undefined;
        const some = [...ids].slice(0, AT_MOST);
        ids.clear();
        void follow(some);
      }, COLLECT_MS);
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, []);
  return { news, seen: () => setNews(false) };
}
