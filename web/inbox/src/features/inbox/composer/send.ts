import { serverNow } from "../../../rpc/clock.ts";
import { newId } from "../../../rpc/ids.ts";
import { toast } from "../../../ui/toasts.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { clearDraft, type DraftState, saveNow } from "../drafts.ts";
import { giveBack } from "../giveBack.ts";
import { enqueue, takeBack } from "../outbox.ts";
import type { Outgoing } from "./letterWriter.ts";
import { setUndo, type Undo } from "./undo.ts";

export const UNDO_DEFAULT = 5;

/** How many seconds a reply waits, from the preference. */
export function undoSeconds(preference: string): number {
  const seconds = Number(preference === "" ? UNDO_DEFAULT : preference);
  return Number.isFinite(seconds) ? seconds : UNDO_DEFAULT;
}

type Sending = { conversationId: string; draft: DraftState; mentions: readonly string[]; delaySeconds: number; /** At that time instead of now. */ at?: number | undefined; /** What has not gone by then is called off. */ notAfter?: number | undefined; letter?: Outgoing | undefined };

/** Puts the field's content on its way and empties the field; the text can be had back while it waits. */
export function send({ conversationId, draft, mentions, delaySeconds, at, notAfter, letter }: Sending): void {
  const { mode, text, noteText, replyTo, files } = draft;
  const note = mode === "note";
  const messageId = newId();
  const sent = note ? { text: noteText, replyTo: "", files: [] } : { text, replyTo, files };
  const until = note || delaySeconds === 0 ? 0 : serverNow() + delaySeconds * 1000;
  enqueue({
    messageId,
    conversationId,
    kind: mode,
    ...sent,
    text: letter?.text ?? sent.text.trim(),
    ...(letter && { letter: letter.letter }),
    mentions: note ? mentions : [],
    createdAt: serverNow(),
    notBefore: at ?? until,
    ...(notAfter && { notAfter }),
  });
  clearDraft(conversationId, mode);
  letter?.done();
  const undo: Undo = { messageId, conversationId, until, mode, sent, restore: letter?.restore };
  if (at) toast(t("composer.scheduled", { time: dayAndClock(at, serverNow()) }), { undo: () => void undoSend(undo) });
  else if (until) setUndo(undo);
}

/** Takes the last reply back; its text and files return to the field, beside what stands there by then. */
export async function undoSend(undo: Undo): Promise<void> {
  setUndo(undefined);
  const end = await takeBack(undo.messageId);
  if (end === "taken-back") {
    undo.restore?.();
    giveBack(undo.conversationId, undo.mode, undo.sent);
    saveNow(undo.conversationId);
    toast(t("composer.tookBack"));
  } else toast(end === "offline" ? t("error.UNAVAILABLE") : t("composer.tooLate"), { error: true });
}
