import { useEffect, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { Direction, type Conversation, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useT } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { cx } from "../../../ui/cx.ts";
import { toast } from "../../../ui/toasts.ts";
import { problemText } from "../../../i18n/problem.ts";
import { editDraft, type Mode, useDraft } from "../drafts.ts";
import { edit as editMessage } from "../messages.ts";
import { wasOpened } from "../opened.ts";
import { useAccount } from "../queries.ts";
import { tellTyping } from "../typing.ts";
import css from "./Composer.module.css";
import { Files } from "./Files.tsx";
import { FILES_AT_MOST } from "./limits.ts";
import { MentionList, useMentionList } from "./MentionList.tsx";
import { mentionedIn } from "./mentions.ts";
import { Notices, useBarrier } from "./Notices.tsx";
import { ReplyBar } from "./ReplyBar.tsx";
import { send, undoSend, undoSeconds } from "./send.ts";
import { Toolbar } from "./Toolbar.tsx";
import { UndoStrip } from "./UndoStrip.tsx";
import { useUndo } from "./undo.ts";
import { addFiles, useUploads } from "./uploads.ts";

type Props = {
  conversation: Conversation;
  editing: Message | undefined;
  replyTo: Message | undefined;
  lastOwn: Message | undefined;
  onEdit: (message: Message | undefined) => void;
  onFinish: () => void;
};

/** Where answers and notes are written. What the channel cannot carry is said before it is sent. */
export function Composer({ conversation, editing, replyTo, lastOwn, onEdit, onFinish }: Props) {
  const t = useT();
  const { conversationId } = conversation;
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, change] = useDraft(conversationId);
  const [changed, setChanged] = useState({ messageId: "", text: "" });
  const [over, setOver] = useState(false);
  const employees = useEmployees();
  const account = useAccount(conversation.accountId);
  const delaySeconds = undoSeconds(usePreference("undo_seconds"));
  const undo = useUndo();
  const uploads = useUploads().filter((item) => item.conversationId === conversationId);
  const barrier = useBarrier(conversation, account, draft.mode);

  const note = draft.mode === "note";
  const changedText = changed.messageId === editing?.messageId ? changed.text : (editing?.content?.text ?? "");
  const text = editing ? changedText : note ? draft.noteText : draft.text;
  const files = note || editing ? [] : draft.files;
  const busy = uploads.some((item) => item.state === "uploading");
  const empty = text.trim() === "" && files.length === 0;
  const canSend = !empty && !barrier && !(busy && !note);

  const write = (value: string): void => {
    if (editing) setChanged({ messageId: editing.messageId, text: value });
    else change(note ? { noteText: value } : { text: value });
    if (value && !editing) tellTyping(conversationId);
  };
  const submit = (finish = false): void => {
    if (!canSend) return;
    if (editing) {
      void editMessage(editing.messageId, changedText.trim()).then((problem) => problem && toast(problemText(problem), { error: true }));
      onEdit(undefined);
      return;
    }
    send({ conversationId, draft, mentions: mentionedIn(draft.noteText, employees.values()), delaySeconds, caret: field.current?.selectionStart ?? 0 });
    if (finish) onFinish();
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
  const takeBack = (): void => {
    if (undo?.conversationId === conversationId) void undoSend(undo);
  };

  const mention = useMentionList({ text, field, employees, enabled: note, write });
  const inField = { within: field };
  useCommand("composer.send", () => submit(), inField);
  useCommand("composer.sendAndFinish", () => submit(true), inField);
  useCommand("composer.mode", () => setMode(note ? "reply" : "note"), { within: "anywhere" });
  useCommand("composer.mention", () => (setMode("note"), mention.begin()), { within: "anywhere" });
  useCommand("composer.takeBack", takeBack, { ...inField, enabled: text === "" && undo?.conversationId === conversationId });
  useCommand("composer.editLast", () => lastOwn && onEdit(lastOwn), { ...inField, enabled: text === "" && lastOwn !== undefined && (account?.capabilities?.edits ?? false) });
  useCommand("conversation.reply", () => setMode("reply"));
  useCommand("conversation.note", () => setMode("note"));
  // A finger does not want its keyboard yet.
  useEffect(() => {
    if (wasOpened("pointer") && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const editingId = editing?.messageId;
  useEffect(() => {
    if (editingId) field.current?.focus();
  }, [editingId]);

  return (
    <section
      className={cx(css.composer, note && css.note, over && css.over)}
      aria-label={t("composer.form")}
      data-pane
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        attach(event.dataTransfer.files);
      }}
    >
      {undo?.conversationId === conversationId && <UndoStrip undo={undo} onUndo={takeBack} />}
      <Notices conversation={conversation} draft={draft} barrier={barrier} />
      <div className={css.box}>
        <Toolbar.Modes mode={draft.mode} onMode={setMode} accountName={conversation.accountName} />
        {(editing || replyTo) && <ReplyBar editing={editing} replyTo={replyTo} onCancel={() => (editing ? onEdit(undefined) : editDraft(conversationId, { replyTo: "" }))} />}
        <textarea
          ref={field}
          id="composer"
          className={css.field}
          aria-label={note ? t("composer.noteLabel") : t("composer.label")}
          aria-describedby={barrier ? "composer-barrier" : undefined}
          placeholder={note ? t("composer.notePlaceholder") : t("composer.placeholder")}
          dir="auto"
          rows={1}
          value={text}
          {...mention.props}
          onChange={(event) => {
            write(event.target.value);
            mention.moved(event.target.selectionStart);
          }}
          onKeyDown={(event) => {
            if (mention.onKeyDown(event)) return;
            if (event.key === "Escape") leave(event, editing, onEdit);
          }}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return;
            event.preventDefault();
            attach(event.clipboardData.files);
          }}
        />
        <MentionList list={mention} />
        {!note && !editing && <Files files={files} uploads={uploads} channel={conversation.channel} onRemove={(fileId) => change({ files: draft.files.filter((file) => file.fileId !== fileId) })} />}
        <Toolbar
          note={note}
          editing={editing !== undefined}
          text={text}
          capabilities={account?.capabilities}
          canSend={canSend}
          reason={busy && !note ? t("composer.uploading") : undefined}
          onAttach={attach}
          onMention={mention.begin}
          onSend={submit}
        />
      </div>
      {over && <p className={css.drop}>{t("composer.drop")}</p>}
    </section>
  );
}

/** Esc goes one level out: from a change to the draft, from the field to the messages. */
function leave(event: React.KeyboardEvent<HTMLTextAreaElement>, editing: Message | undefined, onEdit: Props["onEdit"]): void {
  event.preventDefault();
  event.stopPropagation();
  if (editing) onEdit(undefined);
  else document.querySelector<HTMLElement>("[role=log]")?.focus();
}

/** The last message of ours that the channel lets us change. */
export function lastOwnOf(messages: readonly Message[], me: string): Message | undefined {
  return messages.findLast((message) => message.direction === Direction.OUT && message.authorEmployeeId === me && !message.deletedAt && (message.content?.text ?? "") !== "");
}
