import { Suspense } from "react";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";
import { hand, refuse, snooze } from "./deeds.ts";
import type { OpenDialog } from "./useThreadActions.ts";

const TransferDialog = part(() => import("./TransferDialog.tsx").then(({ TransferDialog: component }) => component), { ahead: true });
const RejectDialog = part(() => import("./RejectDialog.tsx").then(({ RejectDialog: component }) => component), { ahead: true });
const SnoozeDialog = part(() => import("./SnoozeDialog.tsx").then(({ SnoozeDialog: component }) => component), { ahead: true });
const MoveDialog = part(() => withTexts(import("../folders/MoveDialog.tsx"), "folders").then(({ MoveDialog: component }) => component), { ahead: true });

type Props = { dialog: OpenDialog; conversation: Conversation; onClose: () => void; onNext: () => void };

/** What the header's actions ask before they are done. */
export function Dialogs({ dialog, conversation, onClose, onNext }: Props) {
  return (
    <Suspense>
      {dialog === "transfer" && <TransferDialog responsible={conversation.request?.assigneeEmployeeId ?? ""} onClose={onClose} onSubmit={(to, note) => void hand(conversation, to, note)} />}
      {dialog === "move" && <MoveDialog rows={[conversation]} onClose={onClose} />}
      {dialog === "reject" && <RejectDialog onClose={onClose} onSubmit={(reason, comment) => (onNext(), void refuse(conversation, reason, comment))} />}
      {dialog === "snooze" && <SnoozeDialog onClose={onClose} onPick={(at) => (onNext(), void snooze(conversation, at))} />}
    </Suspense>
  );
}
