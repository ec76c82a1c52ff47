import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { ContactService } from "../../gen/okno/crm/v1/contact_service_pb.ts";
import { ClientKind, ClientService } from "../../gen/okno/crm/v1/client_service_pb.ts";

const AT_MOST = 8;
const CONTACTS = 5;

export type FoundClient = { clientId: string; name: string; detail: string; person: boolean };

/** Clients by name, phone or mail, for the palette; nothing is asked for an empty search, an old answer is dropped. */
export function useClientSearch(query: string): readonly FoundClient[] {
  const { data } = useQuery(ClientService.method.findClients, { query, pageSize: AT_MOST }, { enabled: query !== "", placeholderData: keepPreviousData, staleTime: 5_000 });
  if (query === "") return [];
  return (data?.clients ?? []).map(({ clientId, name, workingName, addresses, kind }) => ({ clientId, name: workingName || name, detail: addresses[0]?.display ?? "", person: kind === ClientKind.PERSON }));
}

export type FoundContact = { contactId: string; clientId: string; name: string; detail: string };

/** People of clients by name, for the palette. */
export function useContactSearch(query: string): readonly FoundContact[] {
  const { data } = useQuery(ContactService.method.listContacts, { query, pageSize: CONTACTS }, { enabled: query !== "", placeholderData: keepPreviousData, staleTime: 5_000 });
  if (query === "") return [];
  return (data?.contacts ?? []).map(({ contactId, clientId, name, addresses }) => ({ contactId, clientId, name, detail: addresses[0]?.display ?? "" }));
}
