import { useState } from "react";
import { AttachmentKind } from "../../../gen/okno/channel/v1/content_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { toast } from "../../../ui/toasts.ts";
import { type Mode, useDraft } from "../drafts.ts";
import { edit as editMessage } from "../messages.ts";
import { useAccount } from "../queries.ts";
import { tellTyping } from "../typing.ts";
import type { ComposerProps } from "./Composer.tsx";
import { FILES_AT_MOST } from "./limits.ts";
import { mentionedIn } from "./mentions.ts";
import { useBarrier } from "./Notices.tsx";
import { send, undoSend, undoSeconds } from "./send.ts";
import { useUndo } from "./undo.ts";
import { addFiles, useUploads } from "./uploads.ts";

/** `at`: at that time instead of now; `finish` and `snooze` are done with the request once the reply is on its way. */
export type How = { finish?: boolean; snooze?: number; at?: number };

/** What is written, what stands in its way, and the ways to send it. */
export function useComposer({ conversation, editing, onEdit, onFinish, onSnooze }: ComposerProps, field: React.RefObject<HTMLTextAreaElement | null>) {
  const { conversationId } = conversation;
  const [draft, change] = useDraft(conversationId);
  const [changed, setChanged] = useState({ messageId: "", text: "" });
  const employees = useEmployees();
  const account = useAccount(conversation.accountId);
  const delaySeconds = undoSeconds(usePreference("undo_seconds"));
  const running = useUndo();
  const undo = running?.conversationId === conversationId ? running : undefined;
  const uploads = useUploads().filter((item) => item.conversationId === conversationId);
  const barrier = useBarrier(conversation, account, draft.mode);

  const note = draft.mode === "note";
  const changedText = changed.messageId === editing?.messageId ? changed.text : (editing?.content?.text ?? "");
  const text = editing ? changedText : note ? draft.noteText : draft.text;
  const files = note || editing ? [] : draft.files;
  const busy = !note && uploads.some((item) => item.state === "uploading");
  const canSend = (text.trim() !== "" || files.length > 0) && !barrier && !busy;

  const write = (value: string): void => {
    if (editing) setChanged({ messageId: editing.messageId, text: value });
    else change(note ? { noteText: value } : { text: value });
    if (value && !editing) tellTyping(conversationId);
  };
  const submit = ({ finish = false, snooze, at }: How = {}): void => {
    if (!canSend) return;
    if (editing) {
      void editMessage(editing.messageId, changedText.trim()).then((problem) => problem && toast(problemText(problem), { error: true }));
      onEdit(undefined);
      return;
    }
    send({ conversationId, draft, mentions: mentionedIn(draft.noteText, employees.values()), delaySeconds, at: note ? undefined : at });
    if (finish) onFinish();
    if (snooze) onSnooze(snooze);
    field.current?.focus();
  };
  const setMode = (mode: Mode): void => {
    onEdit(undefined);
    change({ mode });
    field.current?.focus();
  };
  const attach = (list: FileList | readonly File[] | null): void => {
    const chosen = [...(list ?? [])].slice(0, FILES_AT_MOST - files.length - uploads.length);
    if (chosen.length > 0) addFiles(conversationId, chosen, account?.capabilities);
  };
  /** At the caret, over what is selected. */
  const insert = (piece: string): void => {
    const { selectionStart = text.length, selectionEnd = text.length } = field.current ?? {};
    write(text.slice(0, selectionStart) + piece + text.slice(selectionEnd));
    requestAnimationFrame(() => field.current?.setSelectionRange(selectionStart + piece.length, selectionStart + piece.length));
  };
  return {
    draft,
    note,
    text,
    files,
    uploads,
    account,
    employees,
    barrier,
    canSend,
    undo,
    replyUntil: millis(conversation.replyUntil),
    reason: busy ? t("composer.uploading") : undefined,
    voice: !note && !editing && !barrier && (account?.capabilities?.media.some((media) => media.kind === AttachmentKind.VOICE) ?? false),
    write,
    submit,
    setMode,
    attach,
    insert,
    removeFile: (fileId: string) => change({ files: draft.files.filter((file) => file.fileId !== fileId) }),
    takeBack: () => undo && void undoSend(undo),
  };
}
