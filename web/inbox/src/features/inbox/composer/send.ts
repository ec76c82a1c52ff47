import { serverNow } from "../../../rpc/clock.ts";
import { newId } from "../../../rpc/ids.ts";
import { toast } from "../../../ui/toasts.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { clearDraft, type DraftState, editDraft, saveNow } from "../drafts.ts";
import { enqueue, takeBack } from "../outbox.ts";
import { setUndo, type Undo } from "./undo.ts";

export const UNDO_DEFAULT = 5;

/** How many seconds a reply waits, from the preference. */
export function undoSeconds(preference: string): number {
  const seconds = Number(preference === "" ? UNDO_DEFAULT : preference);
  return Number.isFinite(seconds) ? seconds : UNDO_DEFAULT;
}

type Sending = { conversationId: string; draft: DraftState; mentions: readonly string[]; delaySeconds: number; caret: number; /** At that time instead of now. */ at?: number | undefined };

/** Puts the field's content on its way and empties the field; the text can be had back while it waits. */
export function send({ conversationId, draft, mentions, delaySeconds, caret, at }: Sending): void {
  const { mode, text, noteText, replyTo, files } = draft;
  const note = mode === "note";
  const messageId = newId();
  const until = note || delaySeconds === 0 ? 0 : serverNow() + delaySeconds * 1000;
  enqueue({
    messageId,
    conversationId,
    kind: mode,
    text: (note ? noteText : text).trim(),
    files: note ? [] : files,
    replyTo: note ? "" : replyTo,
    mentions: note ? mentions : [],
    createdAt: serverNow(),
    notBefore: at ?? until,
  });
  clearDraft(conversationId, mode);
  const undo: Undo = { messageId, conversationId, until, mode, draft: { text, noteText, replyTo, files }, caret };
  if (at) toast(t("composer.scheduled", { time: dayAndClock(at, serverNow()) }), { undo: () => void undoSend(undo) });
  else if (until) setUndo(undo);
}

/** Takes the last reply back; the text returns to the field as it was. */
export async function undoSend(undo: Undo): Promise<void> {
  setUndo(undefined);
  const end = await takeBack(undo.messageId);
  if (end === "taken-back") {
    editDraft(undo.conversationId, { ...undo.draft, mode: undo.mode });
    saveNow(undo.conversationId);
    toast(t("composer.tookBack"));
  } else toast(end === "offline" ? t("error.UNAVAILABLE") : t("composer.tooLate"), { error: true });
}
