import { Suspense, useEffect, useRef, useState } from "react";
import { type CommandId, keyOf } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { type Key, t, useT, withTexts } from "../../../i18n/index.ts";
import { useMe } from "../../../rpc/session.ts";
import { ContextMenu, type Spot } from "../../../ui/ContextMenu.tsx";
import type { MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { take, transfer } from "../actions.ts";
import { setAside } from "../header/aside.ts";
import { copyLink, finish, hand, markRead, markUnread, refuse, reopenLast, snooze } from "../header/deeds.ts";
import { nameOf } from "../names.ts";
import { useAccount } from "../queries.ts";
import { isOpen, isUnassigned } from "../views.ts";
import { selection, toggleSelected } from "./selection.ts";

const TransferDialog = part(() => import("../header/TransferDialog.tsx").then(({ TransferDialog: component }) => component), { ahead: true });
const RejectDialog = part(() => import("../header/RejectDialog.tsx").then(({ RejectDialog: component }) => component), { ahead: true });
const SnoozeDialog = part(() => import("../header/SnoozeDialog.tsx").then(({ SnoozeDialog: component }) => component), { ahead: true });
const MoveDialog = part(() => withTexts(import("../folders/MoveDialog.tsx"), "folders").then(({ MoveDialog: component }) => component));

/** What was asked of a row from outside: its menu, or what a swipe does. */
export type RowDeed = { id: string; what: "menu"; spot: Spot } | { id: string; what: "finish" | "snooze" };

type Step = "menu" | "transfer" | "move" | "reject" | "snooze" | "done";
type Props = { deed: RowDeed; row: Conversation | undefined; href: string; onOpen: (id: string) => void; onClose: () => void };

/** The same as the header's menu, for a row that need not be open. */
export function RowMenu({ deed, row, href, onOpen, onClose }: Props) {
  useT();
  const [step, setStep] = useState<Step>(deed.what === "finish" ? "done" : deed.what);
  const begun = useRef(false);
  const chosen = useRef<Step>("done");
  const items = useItems(row, href, onOpen, (next) => (chosen.current = next));
  useEffect(() => {
    if (deed.what === "finish" && row && !begun.current) void finish(row);
    begun.current = true;
    if (step === "done" || !row) onClose();
  }, [deed, row, step, onClose]);
  if (!row) return null;
  return (
    <Suspense>
      {step === "menu" && deed.what === "menu" && <ContextMenu label={t("row.menu", { name: nameOf(row) })} spot={deed.spot} items={items} onClose={() => setStep(chosen.current)} />}
      {step === "transfer" && <TransferDialog responsible={row.request?.assigneeEmployeeId ?? ""} onClose={onClose} onSubmit={(to, note) => void hand(row, to, note)} />}
      {step === "move" && <MoveDialog rows={[row]} onClose={onClose} />}
      {step === "reject" && <RejectDialog onClose={onClose} onSubmit={(reason, comment) => void refuse(row, reason, comment)} />}
      {step === "snooze" && <SnoozeDialog onClose={onClose} onPick={(at) => void snooze(row, at)} />}
    </Suspense>
  );
}

function useItems(row: Conversation | undefined, href: string, onOpen: (id: string) => void, then: (step: Step) => void): MenuItem[] {
  const me = useMe().employee;
  const letters = useAccount(row?.accountId ?? "")?.capabilities?.letters ?? false;
  if (!row) return [];
  const { conversationId, request } = row;
  const open = isOpen(row);
  const mine = request?.assigneeEmployeeId === me?.employeeId;
  const item = (when: boolean, label: Key, run: () => void, command?: CommandId): MenuItem[] =>
    when ? [{ kind: "action", label: t(label), run, ...(command ? { hint: keyOf(command) } : {}) }] : [];
  return [
    ...item(true, "row.open", () => onOpen(conversationId), "list.open"),
    ...item(true, "row.openTab", () => void window.open(href, "_blank", "noopener")),
    ...item(true, selection().has(conversationId) ? "row.unselectIt" : "row.selectIt", () => toggleSelected(conversationId), "list.select"),
    { kind: "line" },
    ...item(isUnassigned(row), "action.take", () => void take(row), "conversation.take"),
    ...item(open && !isUnassigned(row) && !mine, "action.takeOver", () => me && void transfer(row, { employeeId: me.employeeId, name: me.name }, "")),
    ...item(open, "action.transfer", () => then("transfer"), "conversation.assign"),
    ...item(open, "action.finish", () => void finish(row), "conversation.finish"),
    ...item(open, "action.snooze", () => then("snooze"), "conversation.snooze"),
    ...item(open, "action.reject", () => then("reject")),
    ...item(row.unlinked, "action.setAside", () => void setAside(row)),
    ...item(!open, "action.reopen", () => void reopenLast(conversationId, "")),
    { kind: "line" },
    ...item(letters, "action.move", () => then("move"), "conversation.move"),
    ...item(row.unread > 0, "action.markRead", () => void markRead(row)),
    ...item(row.unread === 0, "action.markUnread", () => void markUnread(row), "conversation.unread"),
    ...item(true, "action.copyLink", () => void copyLink(new URL(href, location.href).href)),
  ];
}
