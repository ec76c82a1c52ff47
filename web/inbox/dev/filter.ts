import { type Conversation, Direction, MessageKind, MessageStatus, RequestState } from "../src/gen/okno/inbox/v1/conversation_pb.ts";
import { type ConversationFilter, ConversationOrder, ConversationView, OpenFilter } from "../src/gen/okno/inbox/v1/conversation_service_pb.ts";
import { FolderKind } from "../src/gen/okno/inbox/v1/folder_service_pb.ts";
import type { Employee } from "../src/gen/okno/org/v1/employee_service_pb.ts";
import type { World } from "./world.ts";

const millis = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;

export type Wanted = { view: ConversationView; order: ConversationOrder; query: string; filter?: ConversationFilter | undefined; open?: OpenFilter };

/** The rows of a list as one employee sees them, in its order. */
export function listed(world: World, me: Employee, { view, order, query, filter, open }: Wanted): Conversation[] {
  return [...world.conversations.values()]
    .map((conversation) => world.seenBy(conversation, me))
    .filter((row) => inView(world, row, view, me) && (open !== OpenFilter.OPEN || row.request !== undefined))
    .filter((row) => !filter || fits(world, row, filter))
    .filter((row) => !query || `${row.person?.displayName} ${row.person?.clientName} ${row.lastMessage?.text}`.toLowerCase().includes(query.toLowerCase()))
    .sort((a, b) => (order === ConversationOrder.WAITING ? (millis(a.waitingSince) || Infinity) - (millis(b.waitingSince) || Infinity) : millis(b.lastActivityAt) - millis(a.lastActivityAt)));
}

export function inView(world: World, row: Conversation, view: ConversationView, me: Employee): boolean {
  const { request } = row;
  const mine = request?.assigneeEmployeeId === me.employeeId;
  if (view === ConversationView.MINE) return mine;
  if (view === ConversationView.UNASSIGNED) return request?.state === RequestState.UNASSIGNED;
  if (view === ConversationView.MENTIONS) return world.mentions.has(`${me.employeeId} ${row.conversationId}`);
  if (view === ConversationView.UNLINKED) return row.unlinked;
  if (view === ConversationView.SNOOZED) return mine && request?.state === RequestState.POSTPONED;
  return true;
}

function fits(world: World, row: Conversation, filter: ConversationFilter): boolean {
  const among = (wanted: readonly unknown[], value: unknown): boolean => wanted.length === 0 || wanted.includes(value);
  const { request, person } = row;
  const due = millis(request?.firstReplyDueAt);
  return (
    among(filter.channels, row.channel) &&
    among(filter.accountIds, row.accountId) &&
    liesIn(world, row, filter.folderIds) &&
    among(filter.assigneeEmployeeIds, request?.assigneeEmployeeId) &&
    among(filter.departmentIds, request?.departmentId) &&
    among(filter.states, request?.state) &&
    (!filter.unread || row.unread > 0) &&
    (!filter.unidentified || !person?.clientId) &&
    (!filter.overdue || (due > 0 && due < Date.now())) &&
    (!filter.notSent || isNotSent(world, row)) &&
    (!filter.clientId || person?.clientId === filter.clientId)
  );
}

function liesIn({ folders }: World, { accountId, folderId }: Conversation, wanted: readonly string[]): boolean {
  const isInbox = (id: string): boolean => folders.get(id)?.kind === FolderKind.INBOX && folders.get(id)?.accountId === accountId;
  return wanted.length === 0 || (folderId ? wanted.includes(folderId) : wanted.some(isInbox));
}

/** As the router tells it: the last message of ours that was not taken back failed or may have, and was not sent again. */
function isNotSent(world: World, { conversationId }: Conversation): boolean {
  const ours = (world.messages.get(conversationId) ?? []).filter(({ direction, kind, status, deletedAt }) => direction === Direction.OUT && kind === MessageKind.MESSAGE && status !== MessageStatus.CANCELLED && !deletedAt);
  const last = ours.at(-1);
  return (last?.status === MessageStatus.FAILED || last?.status === MessageStatus.UNKNOWN) && last.sentAgainAsMessageId === "";
}
