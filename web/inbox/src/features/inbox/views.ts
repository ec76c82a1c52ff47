import { millis } from "../../rpc/clock.ts";
import { ConversationOrder, ConversationView } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { type Conversation, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";

export const VIEWS = ["mine", "unassigned", "all", "mentions"] as const;
export type ViewName = (typeof VIEWS)[number];
export type Order = "activity" | "waiting";

/** What a list shows: all of it stands in the URL. */
export type ListFilter = {
  view: ViewName;
  query: string;
  channel: string;
  account: string;
  order: Order;
};

export const VIEW_VALUES: Record<ViewName, ConversationView> = {
  mine: ConversationView.MINE,
  unassigned: ConversationView.UNASSIGNED,
  all: ConversationView.ALL,
  mentions: ConversationView.MENTIONS,
};

export const ORDER_VALUES: Record<Order, ConversationOrder> = {
  activity: ConversationOrder.ACTIVITY,
  waiting: ConversationOrder.WAITING,
};

export function isView(name: string): name is ViewName {
  return (VIEWS as readonly string[]).includes(name);
}

/** Where a row belongs: "unknown" when only the server can tell (a search, mentions). */
export function belongs(filter: ListFilter, row: Conversation, me: string): "yes" | "no" | "unknown" {
  if (filter.channel && row.channel !== filter.channel) return "no";
  if (filter.account && row.accountId !== filter.account) return "no";
  if (filter.order === "waiting" && !isOpen(row)) return "no";
  if (filter.view === "mine" && row.request?.assigneeEmployeeId !== me) return "no";
  if (filter.view === "unassigned" && !isUnassigned(row)) return "no";
  return filter.query || filter.view === "mentions" ? "unknown" : "yes";
}

export function isUnassigned(row: Conversation): boolean {
  return row.request?.state === RequestState.UNASSIGNED;
}

/** Has it a request that someone must still finish? */
export function isOpen(row: Conversation): boolean {
  const state = row.request?.state ?? RequestState.UNSPECIFIED;
  return state !== RequestState.UNSPECIFIED && state !== RequestState.DONE && state !== RequestState.REJECTED;
}

/** The order of a list, the same as the server's. */
export function compare(order: Order, a: Conversation, b: Conversation): number {
  const byTime =
    order === "waiting"
      ? millis(a.request?.receivedAt) - millis(b.request?.receivedAt)
      : millis(b.lastActivityAt) - millis(a.lastActivityAt);
  if (byTime !== 0) return byTime;
  return a.conversationId < b.conversationId ? 1 : a.conversationId > b.conversationId ? -1 : 0;
}
