import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { LeadService } from "../../gen/okno/crm/v1/lead_service_pb.ts";

const AT_MOST = 5;

export type FoundLead = { leadId: string; name: string; detail: string };

/** Leads by name, phone or mail, for the palette; nothing is asked for an empty search, an old answer is dropped. */
export function useLeadSearch(query: string): readonly FoundLead[] {
  const { data } = useQuery(LeadService.method.listLeads, { filter: { query }, pageSize: AT_MOST }, { enabled: query !== "", placeholderData: keepPreviousData, staleTime: 5_000 });
  if (query === "") return [];
  return (data?.leads ?? []).map(({ leadId, name, addresses }) => ({ leadId, name, detail: addresses[0]?.display ?? "" }));
}
