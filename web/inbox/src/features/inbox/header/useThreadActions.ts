import { useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useMe } from "../../../rpc/session.ts";
import { take, transfer } from "../actions.ts";
import { useAccount } from "../queries.ts";
import { isOpen, isUnassigned } from "../views.ts";
import { copyLink, finish, markUnread, reopenLast } from "./deeds.ts";

export type OpenDialog = "transfer" | "move" | "reject" | "snooze" | undefined;

export type ThreadActions = {
  take: () => void;
  takeOver: () => void;
  transfer: () => void;
  finish: () => void;
  reject: () => void;
  snooze: () => void;
  /** Only where dialogs lie in folders. */
  move: (() => void) | undefined;
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
  const letters = useAccount(conversation.accountId)?.capabilities?.letters;

  const actions: ThreadActions = {
    take: () => void take(conversation),
    takeOver: () => me && void transfer(conversation, { employeeId: me.employeeId, name: me.name }, ""),
    transfer: () => setDialog("transfer"),
    finish: () => void finish(conversation, next),
    reject: () => setDialog("reject"),
    snooze: () => setDialog("snooze"),
    move: letters ? () => setDialog("move") : undefined,
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
  useCommand("conversation.move", () => setDialog("move"), { enabled: letters ?? false });
  useCommand("conversation.unread", actions.unread);
  return { actions, dialog, setDialog };
}
