import { useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useMe } from "../../../rpc/session.ts";
import { take, transfer } from "../actions.ts";
import { isOpen, isUnassigned } from "../views.ts";
import { copyLink, finish, markUnread, reopenLast } from "./deeds.ts";

export type OpenDialog = "transfer" | "reject" | "snooze" | undefined;

export type ThreadActions = {
  take: () => void;
  takeOver: () => void;
  transfer: () => void;
  finish: () => void;
  reject: () => void;
  snooze: () => void;
  reopen: () => void;
  setAside: () => void;
  unread: () => void;
  copyLink: () => void;
};

/** What can be done with the open conversation, by button, menu, key and palette alike. */
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
    setAside: () => void import("./aside.ts").then(({ setAside }) => setAside(conversation)),
    unread: () => void markUnread(conversation),
    copyLink: () => void copyLink(location.href),
  };
  useCommand("conversation.take", actions.take, { enabled: isUnassigned(conversation) });
  // A personal account is closed to whoever it could go to.
  useCommand("conversation.assign", actions.transfer, { enabled: open && !conversation.personal });
  useCommand("conversation.finish", actions.finish, { enabled: open });
  useCommand("conversation.snooze", actions.snooze, { enabled: open });
  useCommand("conversation.reject", actions.reject, { enabled: open });
  useCommand("conversation.unread", actions.unread);
  return { actions, dialog, setDialog };
}
