import { AttachmentKind } from "../../../gen/okno/channel/v1/content_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { toast } from "../../../ui/toasts.ts";
import { type Mode, useDraft } from "../drafts.ts";
import { useAccount } from "../queries.ts";
import { tellTyping } from "../typing.ts";
import { dropChange, saveChange, useChange, writeChange } from "./changes.ts";
import type { ComposerProps } from "./Composer.tsx";
import type { Outgoing } from "./letterWriter.ts";
import { FILES_AT_MOST, fitting } from "./limits.ts";
import { mentionedIn } from "./mentions.ts";
import { useBarrier } from "./Notices.tsx";
import { send, undoSend, undoSeconds } from "./send.ts";
import { useUndo } from "./undo.ts";
import { addFiles, useUploads } from "./uploads.ts";

/** `at`: at that time instead of now; `finish` and `snooze` are done with the request once the reply is on its way. */
export type How = { finish?: boolean; snooze?: number; at?: number; notAfter?: number | undefined; letter?: Outgoing | undefined };

const NAMED = 3;

function someNames(files: readonly File[]): string {
  const names = files.slice(0, NAMED).map(({ name }) => name);
  return [...names, ...(files.length > NAMED ? ["…"] : [])].join(", ");
}

/** What is written, what stands in its way, and the ways to send it. `whole`: it may go without a word. */
export function useComposer({ conversation, editing, onEdit, onFinish, onSnooze }: ComposerProps, field: React.RefObject<HTMLElement | null>, whole: boolean) {
  const { conversationId } = conversation;
  const [draft, change] = useDraft(conversationId);
  const changed = useChange(editing?.messageId ?? "");
  const employees = useEmployees();
  const account = useAccount(conversation.accountId);
  const delaySeconds = undoSeconds(usePreference("undo_seconds"));
  const running = useUndo();
  const undo = running?.conversationId === conversationId ? running : undefined;
  const uploads = useUploads().filter((item) => item.conversationId === conversationId);
  const barrier = useBarrier(conversation, account, draft.mode);

  const note = draft.mode === "note";
  const text = editing ? (changed?.text ?? editing.content?.text ?? "") : note ? draft.noteText : draft.text;
  const files = note || editing ? [] : draft.files;
  const busy = !note && uploads.some((item) => item.state === "uploading");
  const canSend = (text.trim() !== "" || files.length > 0 || (whole && !note)) && !barrier && !busy && !changed?.saving;

  const write = (value: string): void => {
    if (editing) writeChange(editing.messageId, value);
    else change(note ? { noteText: value } : { text: value });
    if (value && !editing && !note) tellTyping(conversationId); // a note is no word to the customer
  };
  /** The field stays open until the server has the new words. */
  const saveEdit = async (messageId: string): Promise<void> => {
    const end = await saveChange(messageId, text);
    if (typeof end === "object") toast(problemText(end), { error: true });
    else if (end === "saved") onEdit((now) => (now?.messageId === messageId ? undefined : now));
  };
  const submit = ({ finish = false, snooze, at, notAfter, letter }: How = {}): void => {
    if (!canSend) return;
    if (editing) {
      void saveEdit(editing.messageId);
      return;
    }
    send({ conversationId, draft, mentions: mentionedIn(draft.noteText, employees.values()), delaySeconds, at: note ? undefined : at, notAfter: note ? undefined : notAfter, letter });
    if (finish) onFinish();
    if (snooze) onSnooze(snooze);
    field.current?.focus();
  };
  const giveUpEdit = (): void => {
    if (editing) dropChange(editing.messageId);
    onEdit(undefined);
  };
  const setMode = (mode: Mode): void => {
    onEdit(undefined);
    change({ mode });
    field.current?.focus();
  };
  const attach = (list: FileList | readonly File[] | null): void => {
    const taken = draft.files.length + uploads.filter((item) => item.state !== "refused").length;
    const { fits, over } = fitting([...(list ?? [])], taken);
    addFiles(conversationId, fits, account?.capabilities);
    if (over.length > 0) toast(t("file.tooMany", { n: over.length, limit: FILES_AT_MOST, names: someNames(over) }), { error: true });
  };
  /** At the caret, over what is selected. */
  const insert = (piece: string): void => {
    const area = field.current as HTMLTextAreaElement | null;
    const { selectionStart = text.length, selectionEnd = text.length } = area ?? {};
    write(text.slice(0, selectionStart) + piece + text.slice(selectionEnd));
    requestAnimationFrame(() => area?.setSelectionRange(selectionStart + piece.length, selectionStart + piece.length));
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
    templates: !note && !editing && (!barrier || barrier === "window") && (account?.capabilities?.templates ?? false),
    voice: !note && !editing && !barrier && (account?.capabilities?.media.some((media) => media.kind === AttachmentKind.VOICE) ?? false),
    write,
    submit,
    giveUpEdit,
    setMode,
    attach,
    insert,
    removeFile: (fileId: string) => change({ files: draft.files.filter((file) => file.fileId !== fileId) }),
    takeBack: () => undo && void undoSend(undo),
  };
}
