import { useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { type Conversation, RequestState } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { conversations, requests } from "../../../rpc/clients.ts";
import { useMe } from "../../../rpc/session.ts";
import { toast } from "../../../ui/toasts.ts";
import { close, reopen, take, transfer } from "../actions.ts";
import { refreshConversation } from "../live.ts";
import { isOpen, isUnassigned } from "../views.ts";

export type OpenDialog = "transfer" | "reject" | "snooze" | undefined;

export type ThreadActions = {
  take: () => void;
  takeOver: () => void;
  transfer: () => void;
  finish: () => void;
  reject: () => void;
  snooze: () => void;
  reopen: () => void;
  unread: () => void;
  copyLink: () => void;
};

/** What can be done with the open conversation, by button, menu and key alike. */
export function useThreadActions(conversation: Conversation, next: () => void): { actions: ThreadActions; dialog: OpenDialog; setDialog: (dialog: OpenDialog) => void } {
  const [dialog, setDialog] = useState<OpenDialog>();
  const me = useMe().employee;
  const { conversationId, request } = conversation;
  const open = isOpen(conversation);

  const actions: ThreadActions = {
    take: () => void take(conversation),
    takeOver: () => me && void transfer(conversation, { employeeId: me.employeeId, name: me.name }, ""),
    transfer: () => setDialog("transfer"),
    finish: () => void finish(conversation, next),
    reject: () => setDialog("reject"),
    snooze: () => setDialog("snooze"),
    reopen: () => void reopenLast(conversationId, request?.requestId ?? ""),
    unread: () => void markUnread(conversation),
    copyLink: () => void copyLink(),
  };
  useCommand("conversation.take", actions.take, { enabled: isUnassigned(conversation) });
  useCommand("conversation.assign", actions.transfer, { enabled: open });
  useCommand("conversation.finish", actions.finish, { enabled: open });
  useCommand("conversation.snooze", actions.snooze, { enabled: open });
  useCommand("conversation.unread", actions.unread);
  return { actions, dialog, setDialog };
}

/** Finishes at once and opens the next; Z takes it back. */
export async function finish(conversation: Conversation, next: () => void): Promise<void> {
  const { conversationId, request } = conversation;
  if (!request) return;
  next();
  if (await close(conversation)) toast(t("done.finished"), { undo: () => void reopen(conversationId, request.requestId) });
  else toast(t("refused.title"), { error: true });
}

async function reopenLast(conversationId: string, known: string): Promise<void> {
  const closed = known || (await lastClosed(conversationId));
  if (closed) await reopen(conversationId, closed);
}

/** The row names only an open request; the closed one is looked up. */
async function lastClosed(conversationId: string): Promise<string> {
  const { requests: found } = await requests.listRequests({ conversationId, states: [RequestState.DONE, RequestState.REJECTED], pageSize: 200 });
  return found.at(-1)?.requestId ?? "";
}

async function markUnread(conversation: Conversation): Promise<void> {
  await conversations.markConversationRead({ conversationId: conversation.conversationId, seq: conversation.lastSeq, unread: true });
  refreshConversation(conversation.conversationId);
  toast(t("done.unread"));
}

async function copyLink(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  toast(t("action.copied"));
}
