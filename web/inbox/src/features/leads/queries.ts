import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useInfiniteQuery as useRpcPages, useQuery as useRpc } from "@connectrpc/connect-query";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type AccessLevel, AccessService } from "../../gen/okno/crm/v1/access_service_pb.ts";
import { ClientService } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, LeadService } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import type { Conversation } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { useNow } from "../../rpc/clock.ts";
import { conversations } from "../../rpc/clients.ts";
import { queryClient } from "../../rpc/query.ts";
import { transport } from "../../rpc/transport.ts";
import { filterOf, type LeadQuery, orderOf } from "./query.ts";
import { lookAgain } from "./visits.ts";

export const leads = createClient(LeadService, transport);

const PAGE = 100;
const HOUR = 3_600_000;

export const LIST = ["leads", "list"] as const;

/** Rows as far as they were asked for. What changes elsewhere is laid upon them row by row, see `live.ts`. */
export function useLeadList(query: LeadQuery) {
  const filter = filterOf(query, useNow(HOUR));
  const order = orderOf(query);
  return useInfiniteQuery({
    // A moment is no value that a key can be made of.
    queryKey: [...LIST, { ...filter, untouchedSince: String(filter.untouchedSince?.seconds ?? "") }, order],
    queryFn: ({ pageParam, signal }) => leads.listLeads({ filter, order, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

export function useLead(leadId: string) {
  return useRpc(LeadService.method.getLead, { leadId }, { enabled: leadId !== "" });
}

export function useClientName(clientId: string): string {
  const { data } = useRpc(ClientService.method.getClient, { clientId }, { enabled: clientId !== "" });
  return data?.client?.workingName || data?.client?.name || "";
}

export function useLeadChanges(leadId: string) {
  return useRpcPages(LeadService.method.listLeadChanges, { leadId, pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
}

export function useLeadVisits(leadId: string) {
  return useRpcPages(LeadService.method.listLeadVisits, { leadId, pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0, refetchInterval: ({ state }) => lookAgain(state.data?.pages[0]?.visits[0], Date.now()) });
}

export function useLeadSettings(everyMs: (left: number) => number | false = () => false) {
  return useRpc(LeadService.method.getLeadSettings, {}, { staleTime: 0, refetchInterval: ({ state }) => everyMs(Number(state.data?.settings?.leadsToRecount ?? 0n)) });
}

const NO_LEVELS: readonly AccessLevel[] = [];

export function useAccessLevels(): readonly AccessLevel[] {
  const { data } = useRpc(AccessService.method.listAccessLevels, { withArchived: true });
  return data?.accessLevels ?? NO_LEVELS;
}

/** Dialogs of its contact points, the newest first: found by what they are called, kept by whose they are. */
export function useLeadDialogs({ leadId, contactPointIds, name, addresses }: Lead) {
  return useQuery({
    queryKey: ["leads", "dialogs", leadId, contactPointIds],
    enabled: contactPointIds.length > 0,
    staleTime: 10_000,
    queryFn: async ({ signal }): Promise<Conversation[]> => {
      const brought = addresses.filter(({ contactPointId }) => contactPointId).map(({ value }) => value);
      const words = [...new Set([...brought, name])].filter(Boolean).slice(0, 5);
      const found = await Promise.all([...words, ""].map((query) => conversations.listConversations({ query, pageSize: 50 }, { signal })));
      const rows = new Map(found.flatMap((page) => page.conversations).map((row) => [row.conversationId, row]));
      return [...rows.values()].filter(({ person }) => contactPointIds.includes(person?.contactPointId ?? "")).sort((a, b) => Number((b.lastActivityAt?.seconds ?? 0n) - (a.lastActivityAt?.seconds ?? 0n)));
    },
  });
}

/** What was changed here is asked for anew. */
export function refreshLeads(): Promise<unknown> {
  return Promise.all([queryClient.invalidateQueries({ queryKey: LIST }), queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: LeadService, cardinality: undefined }) })]);
}

/** Clients as well: a lead became one. */
export function refreshClients(): Promise<unknown> {
  return Promise.all([queryClient.invalidateQueries({ queryKey: ["clients"] }), queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: ClientService, cardinality: undefined }) })]);
}
