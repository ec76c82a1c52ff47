import { createClient } from "@connectrpc/connect";
import { createQueryOptions, useInfiniteQuery as useRpcPages, useMutation, useQuery as useRpc } from "@connectrpc/connect-query";
import { useQuery } from "@tanstack/react-query";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Contact, ContactService } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { ContractService } from "../../../gen/okno/crm/v1/contract_service_pb.ts";
import { type DuplicateSearch, DuplicateSearchState, DuplicateService } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { problemText } from "../../../i18n/problem.ts";
import { t } from "../../../i18n/index.ts";
import { conversations } from "../../../rpc/clients.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { queryClient } from "../../../rpc/query.ts";
import { transport } from "../../../rpc/transport.ts";
import { toast } from "../../../ui/toasts.ts";
import { LIST, refresh } from "../queries.ts";
import { kindOf, type Of, type Side } from "./of.ts";

const LOOK_MS = 1_000;
const clients = createClient(ClientService, transport);
const contacts = createClient(ContactService, transport);

export function isRunning(search: DuplicateSearch | undefined): boolean {
  return search !== undefined && search.state !== DuplicateSearchState.DONE;
}

/** The newest search; looked at again while it runs. */
export function useNewestSearch(of: Of, enabled: boolean) {
  return useRpc(DuplicateService.method.getDuplicateSearch, { kind: kindOf(of) }, { enabled, staleTime: 0, refetchInterval: ({ state }) => (isRunning(state.data?.search) ? LOOK_MS : false) });
}

export function useGroups(searchId: string, duplicatesOnly: boolean) {
  return useRpcPages(DuplicateService.method.listDuplicateGroups, { searchId, duplicatesOnly, pageSize: 50, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, enabled: searchId !== "", staleTime: 0 });
}

export function useMerges(of: Of) {
  return useRpcPages(DuplicateService.method.listMerges, { kind: kindOf(of), pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
}

export function useCards(clientIds: readonly string[]) {
  return useRpc(ClientService.method.batchGetClients, { clientIds: [...clientIds], inPassing: true }, { enabled: clientIds.length > 0, staleTime: 0 });
}

/** Those that are compared. */
export function useSides(of: Of, ids: readonly string[]) {
  return useQuery({
    queryKey: ["clients", "sides", of, [...ids].sort()],
    enabled: ids.length > 0,
    staleTime: 0,
    queryFn: async ({ signal }): Promise<Side[]> => {
      const found = of === "clients" ? (await clients.batchGetClients({ clientIds: [...ids] }, { signal })).clients : await people(ids, signal);
      return found.filter((side) => !("mergedIntoClientId" in side ? side.mergedIntoClientId : side.mergedIntoContactId));
    },
  });
}

/** Contacts, without those that are gone or no longer seen. */
export async function people(contactIds: readonly string[], signal: AbortSignal): Promise<Contact[]> {
  const asked = contactIds.map((contactId) => contacts.getContact({ contactId }, { signal }).catch((error: unknown) => {
    if (problemOf(error).reason === "CONTACT_NOT_FOUND") return { contact: undefined };
    throw error;
  }));
  return (await Promise.all(asked)).flatMap(({ contact }) => contact ?? []);
}

export function usePeople(contactIds: readonly string[]) {
  return useQuery({ queryKey: ["clients", "people", [...contactIds].sort()], enabled: contactIds.length > 0, staleTime: 0, queryFn: ({ signal }) => people(contactIds, signal) });
}

/** Cards, lists and groups are asked for anew. */
export async function afterMerge(): Promise<void> {
  await Promise.all([refresh(ClientService, ContactService, ContractService, DuplicateService), queryClient.invalidateQueries({ queryKey: LIST }), queryClient.invalidateQueries({ queryKey: ["clients", "sides"] }), queryClient.invalidateQueries({ queryKey: ["clients", "people"] })]);
}

export function useUndo() {
  return useMutation(DuplicateService.method.undoMerge, {
    onSuccess: async () => {
      await afterMerge();
      toast(t("doubles.undone"));
    },
    onError: (error) => {
      void refresh(DuplicateService);
      toast(problemText(problemOf(error)), { error: true });
    },
  });
}

const MOST = 200;
const MOST_DIALOGS = 50;

/** How much belongs to these; `more`: at least so much. */
export type Belongings = { kind: "contact" | "contract" | "dialog"; n: number; more: boolean }[];

export function useBelongings(clientIds: readonly string[]) {
  return useQuery({
    queryKey: ["clients", "belongings", [...clientIds].sort()],
    enabled: clientIds.length > 0,
    staleTime: 10_000,
    queryFn: async ({ signal }): Promise<Belongings> => {
      const [contacts, contracts, dialogs] = await Promise.all([
        Promise.all(clientIds.map((clientId) => queryClient.fetchQuery(createQueryOptions(ContactService.method.listContacts, { clientId, withArchived: true, pageSize: MOST }, { transport })))),
        Promise.all(clientIds.map((clientId) => queryClient.fetchQuery(createQueryOptions(ContractService.method.listContracts, { clientId, withArchived: true }, { transport })))),
        Promise.all(clientIds.map((clientId) => conversations.listConversations({ pageSize: MOST_DIALOGS, filter: { clientId } }, { signal }))),
      ]);
      const sum = (kind: Belongings[number]["kind"], counts: readonly number[], more = false): Belongings[number] => ({ kind, n: counts.reduce((all, n) => all + n, 0), more });
      return [
        sum("contact", contacts.map((page) => page.contacts.length), contacts.some((page) => page.nextPageToken)),
        sum("contract", contracts.map((page) => page.contracts.length)),
        sum("dialog", dialogs.map((page) => page.conversations.length), dialogs.some((page) => page.nextPageToken)),
      ];
    },
  });
}
