import { millis } from "../../rpc/clock.ts";
import { ConversationOrder, ConversationView } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { type Conversation, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import type { ListFilter, Order, ViewName } from "./filter.ts";

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

/** Where a row belongs: "unknown" when only the server can tell (a search, mentions). */
export function belongs(filter: ListFilter, row: Conversation, me: string): "yes" | "no" | "unknown" {
  if (filter.channel && row.channel !== filter.channel) return "no";
  if (filter.account && row.accountId !== filter.account) return "no";
  if (filter.order === "waiting" && !isOpen(row)) return "no";
  if (filter.view === "mine" && !(isOpen(row) && row.request?.assigneeEmployeeId === me)) return "no";
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

/** The order of a list, the same as the server's; who does not wait stands behind everyone who does. */
export function compare(order: Order, a: Conversation, b: Conversation): number {
  if (order === "activity") return millis(b.lastActivityAt) - millis(a.lastActivityAt) || compareIds(b, a);
  const waiting = (row: Conversation): number => millis(row.waitingSince) || Infinity;
  const [first, second] = [waiting(a), waiting(b)];
  return first === second ? compareIds(a, b) : first - second;
}

function compareIds(a: Conversation, b: Conversation): number {
  return a.conversationId < b.conversationId ? -1 : a.conversationId > b.conversationId ? 1 : 0;
}
