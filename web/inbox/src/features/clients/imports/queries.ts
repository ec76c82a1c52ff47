import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, createQueryOptions, useInfiniteQuery as useRpcPages, useQuery as useRpc } from "@connectrpc/connect-query";
import { GetImportResponseSchema, type Import, type ImportOutcome, ImportService, ImportState } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { queryClient } from "../../../rpc/query.ts";
import { transport } from "../../../rpc/transport.ts";

export const imports = createClient(ImportService, transport);

const LOOK_MS = 1_000;

export function isBusy(state: ImportState | undefined): boolean {
  return state === ImportState.READING || state === ImportState.RUNNING;
}

/** One import; looked at again while something happens to it. */
export function useImport(importId: string) {
  return useRpc(ImportService.method.getImport, { importId }, { staleTime: 0, refetchInterval: ({ state }) => (isBusy(state.data?.import?.state) ? LOOK_MS : false) });
}

export function useImports() {
  return useRpcPages(ImportService.method.listImports, { pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
}

export function useRows(importId: string, outcome: ImportOutcome) {
  return useRpcPages(ImportService.method.listImportRows, { importId, outcomes: [outcome], pageSize: 50, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
}

/** What a call answered is what is shown, without asking for it. */
export function keep(answer: { import?: Import | undefined }): void {
  const { import: known } = answer;
  if (!known) return;
  const { queryKey } = createQueryOptions(ImportService.method.getImport, { importId: known.importId }, { transport });
  queryClient.setQueryData(queryKey, create(GetImportResponseSchema, { import: known }));
}

/** Rows say what the last run came to. */
export function forgetRows(): void {
  queryClient.removeQueries({ queryKey: createConnectQueryKey({ schema: ImportService.method.listImportRows, cardinality: "infinite" }) });
}
