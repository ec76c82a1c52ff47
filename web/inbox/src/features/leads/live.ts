import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { InfiniteData } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Lead, LeadService, type ListLeadsResponse } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { problemOf } from "../../rpc/errors.ts";
import { onLive } from "../../rpc/live/hub.ts";
import { runAll } from "../../rpc/many.ts";
import { queryClient } from "../../rpc/query.ts";
import { askAnew } from "../../rpc/settle.ts";
import { LIST, leads } from "./queries.ts";

// Others change leads while a list or a card is looked at: rows follow in their places, what has none yet waits to be asked for.

const COLLECT_MS = 300;
/** More than so many at once are not asked for one by one. */
const AT_MOST = 20;

type Pages = InfiniteData<ListLeadsResponse, string>;

/** Lays what is known anew upon the rows that are there; what is gone leaves. */
export function patchPages(data: Pages, came: readonly Lead[], gone: readonly string[]): Pages {
  const fresh = new Map(came.map((lead) => [lead.leadId, lead]));
  const pages = data.pages.map((page) => ({ ...page, leads: page.leads.filter(({ leadId }) => !gone.includes(leadId)).map((lead) => fresh.get(lead.leadId) ?? lead) }));
  return { ...data, pages };
}

function isListed(leadId: string): boolean {
  return queryClient.getQueriesData<Pages>({ queryKey: LIST }).some(([, data]) => data?.pages.some((page) => page.leads.some((row) => row.leadId === leadId)));
}

async function follow(ids: readonly string[]): Promise<void> {
  const came: Lead[] = [];
  const gone: string[] = [];
  const ask = async (leadId: string) => {
    try {
      const { lead } = await leads.getLead({ leadId });
      if (lead) came.push(lead);
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      // Anything else leaves the row as it was; opening it asks for it.
      if (problem.reason === "LEAD_NOT_FOUND") gone.push(leadId);
      return problem;
    }
  };
  await runAll(ids, ask, () => undefined);
  queryClient.setQueriesData<Pages>({ queryKey: LIST }, (data) => data && patchPages(data, came, gone));
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
      if (what.case !== "event" || what.value.what.case !== "leadChanged") return;
      const { leadId } = what.value.what.value;
      if (!isListed(leadId)) return setNews(true);
      ids.add(leadId);
      timer ??= setTimeout(() => {
        timer = undefined;
        const all = [...ids];
        ids.clear();
        if (all.length > AT_MOST) setNews(true);
        void follow(all.slice(0, AT_MOST));
      }, COLLECT_MS);
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, []);
  return { news, seen: () => setNews(false) };
}

/** Keeps the open card true; a form over it tells what is new. */
export function useCardFeed(leadId: string): void {
  useEffect(() => {
    const anew = (): void => {
      askAnew(queryClient, { queryKey: createConnectQueryKey({ schema: LeadService.method.getLead, input: { leadId }, cardinality: "finite" }) });
      askAnew(queryClient, { queryKey: createConnectQueryKey({ schema: LeadService.method.listLeadChanges, cardinality: "infinite" }) });
    };
    return onLive(({ response: { what }, fresh }) => {
      if (what.case === "reset" || (what.case === "hello" && fresh)) anew();
      if (what.case === "event" && what.value.what.case === "leadChanged" && what.value.what.value.leadId === leadId) anew();
    });
  }, [leadId]);
}
