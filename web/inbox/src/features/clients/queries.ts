import type { DescService } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useInfiniteQuery as useRpcPages, useQuery as useRpc } from "@connectrpc/connect-query";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type AccessLevel, AccessService } from "../../gen/okno/crm/v1/access_service_pb.ts";
import { ClientService } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { ContactService } from "../../gen/okno/crm/v1/contact_service_pb.ts";
import { ContractService } from "../../gen/okno/crm/v1/contract_service_pb.ts";
import { type DirectoryEntry, type DirectoryKind, DirectoryService } from "../../gen/okno/crm/v1/directory_service_pb.ts";
import { type CustomField, type FieldObject, FieldService } from "../../gen/okno/crm/v1/field_service_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { useEveryPage } from "../../rpc/directory.ts";
import { queryClient } from "../../rpc/query.ts";
import { transport } from "../../rpc/transport.ts";
import { type ClientQuery, filterOf, orderOf } from "./query.ts";

export const clients = createClient(ClientService, transport);

const PAGE = 100;
const ALL = 1_000;

/** Rows as far as they were asked for. What changes elsewhere is laid upon them row by row, see `live.ts`. */
export function useClientList(query: ClientQuery) {
  const filter = filterOf(query);
  const order = orderOf(query);
  return useInfiniteQuery({
    queryKey: [...LIST, filter, order],
    queryFn: ({ pageParam, signal }) => clients.listClients({ filter, order, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    // Opened anew it is asked anew: what others made meanwhile has no row here yet.
    staleTime: 0,
  });
}

export const LIST = ["clients", "list"] as const;

export function useClient(clientId: string) {
  return useRpc(ClientService.method.getClient, { clientId });
}

/** The people of one client, those that are archived last. */
export function useContacts(clientId: string) {
  const query = useRpcPages(ContactService.method.listContacts, { clientId, withArchived: true, pageSize: 200, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined });
  useEveryPage(query);
  const contacts = useMemo(() => (query.data?.pages.flatMap((page) => page.contacts) ?? []).sort((a, b) => Number(Boolean(a.archivedAt)) - Number(Boolean(b.archivedAt))), [query.data]);
  return { ...query, contacts };
}

export function useContracts(clientId: string) {
  return useRpc(ContractService.method.listContracts, { clientId, withArchived: true });
}

export function useChanges(clientId: string) {
  return useRpcPages(ClientService.method.listClientChanges, { clientId, pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
}

/** Their dialogs, in whatever channel, the newest first. */
export function useDialogs(clientId: string) {
  return useQuery({
    queryKey: ["clients", "dialogs", clientId],
    queryFn: async ({ signal }) => (await conversations.listConversations({ pageSize: 50, filter: { clientId } }, { signal })).conversations,
    staleTime: 10_000,
  });
}

export type Directories = { of: (kind: DirectoryKind) => readonly DirectoryEntry[]; name: (entryId: string) => string; entry: (entryId: string) => DirectoryEntry | undefined };

const NO_ENTRIES: readonly DirectoryEntry[] = [];

/** All entries of all short lists. */
export function useEntries() {
  const query = useRpcPages(DirectoryService.method.listDirectoryEntries, { withArchived: true, pageSize: ALL, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined });
  useEveryPage(query);
  const entries = useMemo(() => query.data?.pages.flatMap((page) => page.entries) ?? NO_ENTRIES, [query.data]);
  return { ...query, entries };
}

/** Every short list that cards choose from; what is archived keeps its name and is not offered. */
export function useDirectories(): Directories {
  const { entries } = useEntries();
  return useMemo(() => {
    const byId = new Map(entries.map((entry) => [entry.entryId, entry]));
    return { of: (kind) => entries.filter((entry) => entry.kind === kind && !entry.archived), name: (id) => byId.get(id)?.name ?? "", entry: (id) => byId.get(id) };
  }, [entries]);
}

const NO_FIELDS: readonly CustomField[] = [];

/** What cards hold beside the common fields, in its order; archived ones are left out. */
export function useCustomFields(object: FieldObject): readonly CustomField[] {
  const { data } = useRpc(FieldService.method.listCustomFields, { object });
  return data?.fields ?? NO_FIELDS;
}

const NO_LEVELS: readonly AccessLevel[] = [];

export function useAccessLevels(): readonly AccessLevel[] {
  const { data } = useRpc(AccessService.method.listAccessLevels, { withArchived: true });
  return data?.accessLevels ?? NO_LEVELS;
}

/** What was changed here is asked for anew. */
export function refresh(...services: readonly DescService[]): Promise<unknown> {
  return Promise.all(services.map((schema) => queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema, cardinality: undefined }) })));
}
