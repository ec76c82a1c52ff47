import { type Conversation, RequestState } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { conversations } from "../../../rpc/clients.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { toast } from "../../../ui/toasts.ts";
import { close, postpone, type Receiver, reject, reopen, transfer } from "../actions.ts";
import { refreshConversation } from "../live.ts";

// What is done with one conversation, said in a line that can take it back. The open one and its neighbours in the
// list go through the same.

/** Finishes at once; Z takes it back. */
export async function finish(row: Conversation, next: () => void = () => undefined): Promise<void> {
  const { conversationId, request } = row;
  if (!request) return;
  next();
  if (await close(row)) toast(t("done.finished"), { undo: () => void reopen(conversationId, request.requestId) });
  else refused();
}

export async function hand(row: Conversation, to: Receiver, note: string): Promise<void> {
  if (await transfer(row, to, note)) toast(t("done.transferred", { name: to.name }));
  else refused();
}

export async function snooze(row: Conversation, at: number): Promise<void> {
  if (await postpone(row, at)) toast(t("done.snoozed", { time: dayAndClock(at, serverNow()) }));
  else refused();
}

export async function refuse(row: Conversation, rejectReasonId: string, comment: string): Promise<void> {
  const requestId = row.request?.requestId ?? "";
  if (await reject(row, rejectReasonId, comment)) toast(t("done.rejected"), { undo: () => void reopen(row.conversationId, requestId) });
  else refused();
}

export async function reopenLast(conversationId: string, known: string): Promise<void> {
  const closed = known || (await lastClosed(conversationId));
  if (closed) await reopen(conversationId, closed);
}

/** The row names only an open request; the closed one is looked up. */
async function lastClosed(conversationId: string): Promise<string> {
  const { requests } = await import("../../../rpc/requests.ts");
  const { requests: found } = await requests.listRequests({ conversationId, states: [RequestState.DONE, RequestState.REJECTED], pageSize: 200 });
  return found.at(-1)?.requestId ?? "";
}

export async function markUnread(row: Conversation): Promise<void> {
  await conversations.markConversationRead({ conversationId: row.conversationId, seq: row.lastSeq, unread: true });
  refreshConversation(row.conversationId);
  toast(t("done.unread"));
}

export async function markRead(row: Conversation): Promise<void> {
  await conversations.markConversationRead({ conversationId: row.conversationId, seq: row.lastSeq });
  refreshConversation(row.conversationId);
}

export async function copyLink(address: string): Promise<void> {
  await navigator.clipboard.writeText(address);
  toast(t("action.copied"));
}

function refused(): void {
  toast(t("refused.title"), { error: true });
}
