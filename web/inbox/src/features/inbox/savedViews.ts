import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { type ConversationFilter, ConversationFilterSchema } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { type View, ViewService } from "../../gen/okno/inbox/v1/view_service_pb.ts";
import { queryClient } from "../../rpc/query.ts";
import { FLAGS, type ListFilter, NO_VALUES, STATES, type StateName } from "./filter.ts";
import { ORDER_VALUES, VIEW_VALUES } from "./views.ts";

export type SavedView = View;

const NONE: readonly SavedView[] = [];

/** Own and shared views, in their order. Few: one page holds them. */
export function useSavedViews(enabled = true): { views: readonly SavedView[]; loaded: boolean } {
  const { data, isError } = useQuery(ViewService.method.listViews, { pageSize: 200 }, { enabled });
  return { views: data?.views ?? NONE, loaded: data !== undefined || isError };
}

/** How many dialogs each holds, while someone looks: the server counts anew at most every 10 s. */
export function useViewCounts(views: readonly SavedView[], enabled: boolean): ReadonlyMap<string, number> {
  const viewIds = views.slice(0, 20).map((view) => view.viewId);
  const { data } = useQuery(ViewService.method.countViews, { viewIds }, { enabled: enabled && viewIds.length > 0, refetchInterval: 10_000, staleTime: 10_000 });
  return new Map(data?.counts.map(({ viewId, count }) => [viewId, count]));
}

export function forgetSavedViews(): void {
  void queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: ViewService, cardinality: undefined }) });
}

const STATE_VALUES: Record<StateName, RequestState> = {
  unassigned: RequestState.UNASSIGNED,
  assigned: RequestState.ASSIGNED,
  in_work: RequestState.IN_WORK,
  postponed: RequestState.POSTPONED,
  done: RequestState.DONE,
  rejected: RequestState.REJECTED,
};
const OPEN: readonly StateName[] = ["unassigned", "assigned", "in_work", "postponed"];

/** The filter as the contract has it. */
export function contractFilter({ values, flags }: Pick<ListFilter, "values" | "flags">): ConversationFilter {
  return create(ConversationFilterSchema, {
    channels: [...values.channel],
    accountIds: [...values.account],
    folderIds: [...values.folder],
    assigneeEmployeeIds: [...values.assignee],
    departmentIds: [...values.department],
    states: values.state.map((state) => STATE_VALUES[state as StateName]),
    unread: flags.includes("unread"),
    unidentified: flags.includes("unidentified"),
    overdue: flags.includes("overdue"),
    notSent: flags.includes("notSent"),
  });
}

/** A list as it is saved. What only the fixed views leave out by themselves is said in words. */
export function viewFields(filter: ListFilter) {
  const onlyOpen = !filter.saved && filter.values.state.length === 0 && (filter.view === "mine" || filter.view === "unassigned");
  const values = onlyOpen ? { ...filter.values, state: filter.view === "mine" ? OPEN.slice(1) : OPEN.slice(0, 1) } : filter.values;
  return { base: VIEW_VALUES[filter.view], order: ORDER_VALUES[filter.order], query: filter.query, filter: contractFilter({ ...filter, values }) };
}

export function filterOfView(view: SavedView): ListFilter {
  const { filter } = view;
  const base = Object.entries(VIEW_VALUES).find(([, value]) => value === view.base)?.[0];
  const order = Object.entries(ORDER_VALUES).find(([, value]) => value === view.order)?.[0];
  return {
    view: (base ?? "all") as ListFilter["view"],
    order: (order ?? "activity") as ListFilter["order"],
    query: view.query,
    values: filter
      ? {
          channel: filter.channels,
          account: filter.accountIds,
          folder: filter.folderIds,
          assignee: filter.assigneeEmployeeIds,
          department: filter.departmentIds,
          state: STATES.filter((state) => filter.states.includes(STATE_VALUES[state])),
        }
      : NO_VALUES,
    flags: FLAGS.filter((flag) => filter?.[flag]),
    saved: true,
  };
}
