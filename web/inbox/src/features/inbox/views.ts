import { millis, serverNow } from "../../rpc/clock.ts";
import { ConversationOrder, ConversationView } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { type Conversation, Direction, MessageKind, MessageStatus, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Flag, ListFilter, Order, ViewName } from "./filter.ts";

export const VIEW_VALUES: Record<ViewName, ConversationView> = {
  mine: ConversationView.MINE,
  unassigned: ConversationView.UNASSIGNED,
  all: ConversationView.ALL,
  mentions: ConversationView.MENTIONS,
  snoozed: ConversationView.SNOOZED,
  unlinked: ConversationView.UNLINKED,
};

export const ORDER_VALUES: Record<Order, ConversationOrder> = {
  activity: ConversationOrder.ACTIVITY,
  waiting: ConversationOrder.WAITING,
};

/**
 * Where a row belongs: "unknown" when only the server can tell (a search, mentions). Flags tell who comes in, never who
 * leaves: what was just read or just answered stays where the reader's hand is.
 */
export function belongs(filter: ListFilter, row: Conversation, me: string): Answer {
  if (!isInValues(filter, row)) return "no";
  if (filter.order === "waiting" && !isOpen(row)) return "no";
  const mine = isOpen(row) && row.request?.assigneeEmployeeId === me;
  if (filter.view === "mine" && !mine) return "no";
  if (filter.view === "unassigned" && !isUnassigned(row)) return "no";
  if (filter.view === "snoozed" && !(mine && row.request?.state === RequestState.POSTPONED)) return "no";
  if (filter.view === "unlinked" && !row.unlinked) return "no";
  return filter.query || filter.view === "mentions" ? "unknown" : "yes";
}

export type Answer = "yes" | "no" | "unknown";

/** May a row that is not there yet come in? "unknown" when only the server can tell (`unsure.ts`). */
export function joins(filter: ListFilter, row: Conversation): Answer {
  const answers = filter.flags.map((flag) => HOLDS[flag](row));
  return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

const said = (holds: boolean): Answer => (holds ? "yes" : "no");

const HOLDS: Record<Flag, (row: Conversation) => Answer> = {
  unread: (row) => said(row.unread > 0),
  unidentified: (row) => said(!row.person?.clientId),
  overdue: (row) => {
    const due = nearestDue(row);
    return said(due > 0 && due < serverNow());
  },
  notSent: mayBeNotSent,
};

/**
 * The server goes by the last message of ours that was not taken back, and leaves out what was sent again, be it in
 * another dialog. The row shows the last message of all: it can rule that out, and never tell it for sure.
 */
function mayBeNotSent({ lastMessage: last }: Conversation): Answer {
  if (!last) return "no";
  const ours = last.direction === Direction.OUT && last.kind === MessageKind.MESSAGE;
  return ours && !NOT_ON_ITS_WAY.has(last.status) ? "no" : "unknown";
}

const NOT_ON_ITS_WAY = new Set([MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.CANCELLED]);

/** Folders that are the inbox of an account, as far as they are known: what lies there names no folder. */
export const inboxFolders = new Map<string, string>();

function isInValues({ values }: ListFilter, row: Conversation): boolean {
  const fits = (wanted: readonly string[], value: string): boolean => wanted.length === 0 || wanted.includes(value);
  const { request } = row;
  return (
    fits(values.channel, row.channel) &&
    fits(values.account, row.accountId) &&
    (fits(values.folder, row.folderId) || (!row.folderId && values.folder.some((id) => inboxFolders.get(id) === row.accountId))) &&
    fits(values.assignee, request?.assigneeEmployeeId ?? "") &&
    fits(values.department, request?.departmentId ?? "") &&
    // A finished request no longer stands in the row: the server says which of the two it was.
    (values.state.length === 0 || (isOpen(row) ? values.state.includes(STATE_NAMES[request?.state ?? 0] ?? "") : values.state.includes("done") || values.state.includes("rejected")))
  );
}

const STATE_NAMES: Partial<Record<RequestState, string>> = {
  [RequestState.UNASSIGNED]: "unassigned",
  [RequestState.ASSIGNED]: "assigned",
  [RequestState.IN_WORK]: "in_work",
  [RequestState.POSTPONED]: "postponed",
};

export function isUnassigned(row: Conversation): boolean {
  return row.request?.state === RequestState.UNASSIGNED;
}

/** Has it a request that someone must still finish? */
export function isOpen(row: Conversation): boolean {
  const state = row.request?.state ?? RequestState.UNSPECIFIED;
  return state !== RequestState.UNSPECIFIED && state !== RequestState.DONE && state !== RequestState.REJECTED;
}

/** The nearer of the two deadlines, in milliseconds; 0 when there is none. */
export function nearestDue(row: Conversation): number {
  const dues = [millis(row.request?.firstReplyDueAt), millis(row.request?.resolutionDueAt)].filter((at) => at > 0);
  return dues.length ? Math.min(...dues) : 0;
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
