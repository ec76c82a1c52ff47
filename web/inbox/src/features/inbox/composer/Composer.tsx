import { Suspense, useEffect, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { Direction, type Conversation, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useT, withTexts } from "../../../i18n/index.ts";
import { cx } from "../../../ui/cx.ts";
import { part } from "../../../ui/part.ts";
import { editDraft } from "../drafts.ts";
import { wasOpened } from "../opened.ts";
import { useWantedTemplate, wantTemplate } from "../templates/wish.ts";
import css from "./Composer.module.css";
import type { LetterWriter } from "./letterWriter.ts";
import { Modes } from "./Modes.tsx";
import { Notices } from "./Notices.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { useCollision } from "./useCollision.ts";
import { useComposer } from "./useComposer.ts";
import { useMentionList } from "./useMentionList.ts";

const Collision = part(() => withTexts(import("./Collision.tsx"), "work").then(({ Collision: component }) => component), { ahead: true });
const MentionList = part(() => withTexts(import("./MentionList.tsx"), "work").then(({ MentionList: component }) => component), { ahead: true });
const ReplyBar = part(() => withTexts(import("./ReplyBar.tsx"), "work").then(({ ReplyBar: component }) => component), { ahead: true });
const UndoStrip = part(() => withTexts(import("./UndoStrip.tsx"), "work").then(({ UndoStrip: component }) => component), { ahead: true });
const Files = part(() => withTexts(import("./Files.tsx"), "work").then(({ Files: component }) => component), { ahead: true });
const Templates = part(() => withTexts(import("../templates/Templates.tsx"), "work").then(({ Templates: component }) => component));
const LetterComposer = part(() => withTexts(import("../letters/write/LetterComposer.tsx"), "work", "letters").then(({ LetterComposer: component }) => component));
const VoiceRecorder = part(() => withTexts(import("./VoiceRecorder.tsx"), "work").then(({ VoiceRecorder: component }) => component));

export type ComposerProps = {
  conversation: Conversation;
  messages: readonly Message[];
  editing: Message | undefined;
  replyTo: Message | undefined;
  lastOwn: Message | undefined;
  onEdit: React.Dispatch<React.SetStateAction<Message | undefined>>;
  onFinish: () => void;
  onSnooze: (at: number) => void;
};

/** Where answers and notes are written. What the channel cannot carry is said before it is sent. */
export function Composer(props: ComposerProps) {
  const t = useT();
  const { conversation, messages, editing, replyTo, lastOwn, onEdit } = props;
  const { conversationId } = conversation;
  const field = useRef<HTMLElement>(null);
  const writer = useRef<LetterWriter>(null);
  const [whole, setWhole] = useState(false);
  const [writing, setWriting] = useState(false);
  const [recording, setRecording] = useState(false);
  const [picking, setPicking] = useState(false);
  const composer = useComposer(props, field, whole);
  const { draft, note, text, account, barrier, canSend, setMode, attach, takeBack, undo } = composer;
  const wished = useWantedTemplate(conversationId) && composer.templates;
  const collision = useCollision({ conversationId, messages, writing: text.trim() !== "" && !note && !editing });
  const letters = !note && !editing && (account?.capabilities?.letters ?? false);
  // A line until somebody writes: letters need room, and their editor is large.
  const folded = letters && !writing && !whole && text === "";
  const go: typeof composer.submit = (how) => {
    if (letters && !(canSend && writer.current?.ready())) return;
    composer.submit({ ...how, letter: letters ? writer.current?.outgoing() : undefined });
    setWriting(false);
  };
  const submit: typeof composer.submit = (how) => {
    // The first press leads to what a colleague has answered meanwhile; the second sends.
    if (collision.by) return document.getElementById("collision-show")?.focus();
    go(how);
  };

  const mention = useMentionList({ text, field: field as React.RefObject<HTMLTextAreaElement | null>, employees: composer.employees, enabled: note, write: composer.write });
  const inField = { within: field };
  const anywhere = { within: "anywhere" } as const;
  const picker = picking || wished;
  const pick = (): void => setPicking(true);
  useCommand("composer.template", pick, { ...anywhere, enabled: composer.templates && !picker });
  useCommand("composer.send", () => submit(), inField);
  useCommand("composer.sendAndFinish", () => submit({ finish: true }), inField);
  useCommand("composer.mode", () => setMode(note ? "reply" : "note"), anywhere);
  useCommand("composer.mention", () => (setMode("note"), mention.begin()), anywhere);
  useCommand("composer.voice", () => setRecording(true), { ...anywhere, enabled: composer.voice && !recording });
  useCommand("composer.takeBack", takeBack, { ...inField, enabled: text === "" && undo !== undefined });
  useCommand("composer.editLast", () => lastOwn && onEdit(lastOwn), { ...inField, enabled: text === "" && lastOwn !== undefined && (account?.capabilities?.edits ?? false) });
  useCommand("conversation.reply", () => setMode("reply"));
  useCommand("conversation.note", () => setMode("note"));
  // A finger does not want its keyboard yet.
  useEffect(() => {
    if (!letters && wasOpened("pointer") && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const editingId = editing?.messageId;
  useEffect(() => {
    if (editingId) field.current?.focus();
  }, [editingId]);

  return (
    <DropTarget className={cx(css.composer, note && css.note)} label={t("composer.form")} hint={t("composer.drop")} onFiles={attach}>
      <Suspense>{undo && <UndoStrip undo={undo} onUndo={takeBack} />}</Suspense>
      <Notices conversation={conversation} draft={draft} barrier={barrier} onTemplate={composer.templates ? pick : undefined} />
      <Suspense>{collision.by && <Collision by={collision.by} onAccept={() => (collision.accept(), field.current?.focus())} onSend={() => (collision.accept(), go())} />}</Suspense>
      <div className={css.box}>
        <Modes mode={draft.mode} onMode={setMode} accountName={conversation.accountName} freeUntil={composer.replyUntil} />
        <Suspense>{(editing || (replyTo && !letters)) && <ReplyBar editing={editing} replyTo={replyTo} onCancel={() => (editing ? composer.giveUpEdit() : editDraft(conversationId, { replyTo: "" }))} />}</Suspense>
        {folded ? (
          <button ref={field as React.RefObject<HTMLButtonElement | null>} type="button" id="composer" className={css.start} onFocus={() => setWriting(true)}>
            {t("composer.placeholder")}
          </button>
        ) : letters ? (
          <Suspense fallback={<div className={css.letterWait} />}>
            <LetterComposer conversation={conversation} messages={messages} replyTo={replyTo} text={text} hasFiles={composer.files.length > 0} field={field} writer={writer} onText={composer.write} onFiles={attach} onWhole={setWhole} onSend={submit} />
          </Suspense>
        ) : (
          <textarea
            ref={field as React.RefObject<HTMLTextAreaElement | null>}
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
              composer.write(event.target.value);
              mention.moved(event.target.selectionStart);
            }}
            onKeyDown={(event) => {
              if (mention.onKeyDown(event)) return;
              if (event.key === "Escape") leave(event, editing && composer.giveUpEdit);
            }}
            onPaste={(event) => {
              if (event.clipboardData.files.length === 0) return;
              event.preventDefault();
              attach(event.clipboardData.files);
            }}
          />
        )}
        {mention.choices.length > 0 && (
          <Suspense>
            <MentionList list={mention} />
          </Suspense>
        )}
        {!note && !editing && composer.files.length + composer.uploads.length > 0 && (
          <Suspense>
            <Files files={composer.files} uploads={composer.uploads} channel={conversation.channel} onRemove={composer.removeFile} />
          </Suspense>
        )}
        {folded ? null : recording && !note && !editing ? (
          <Suspense fallback={<div className={css.recorderWait} />}>
            <VoiceRecorder conversation={conversation} onClose={() => setRecording(false)} />
          </Suspense>
        ) : (
          <Toolbar
            note={note}
            editing={editing !== undefined}
            text={text}
            capabilities={account?.capabilities}
            replyUntil={composer.replyUntil}
            canSend={canSend}
            reason={composer.reason}
            voice={composer.voice}
            onAttach={attach}
            onMention={mention.begin}
            onEmoji={(emoji) => (letters ? writer.current?.insert(emoji) : composer.insert(emoji))}
            onVoice={() => setRecording(true)}
            onTemplate={composer.templates ? pick : undefined}
            onSend={submit}
          />
        )}
      </div>
      {picker && (
        <Suspense>
          <Templates conversation={conversation} files={composer.files} onClose={() => (setPicking(false), wished && wantTemplate(""))} />
        </Suspense>
      )}
    </DropTarget>
  );
}

/** Files may be let go anywhere over it. */
function DropTarget({ className, label, hint, onFiles, children }: { className: string; label: string; hint: string; onFiles: (files: FileList) => void; children: React.ReactNode }) {
  const [over, setOver] = useState(false);
  return (
    <section
      className={cx(className, over && css.over)}
      aria-label={label}
      data-pane
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles(event.dataTransfer.files);
      }}
    >
      {children}
      {over && <p className={css.drop}>{hint}</p>}
    </section>
  );
}

/** Esc goes one level out: from a change to the draft, from the field to the messages. */
function leave(event: React.KeyboardEvent<HTMLTextAreaElement>, giveUpEdit: (() => void) | undefined): void {
  event.preventDefault();
  event.stopPropagation();
  if (giveUpEdit) giveUpEdit();
  else document.querySelector<HTMLElement>("[role=log]")?.focus();
}

/** The last message of ours that the channel lets us change. */
export function lastOwnOf(messages: readonly Message[], me: string): Message | undefined {
  return messages.findLast((message) => message.direction === Direction.OUT && message.authorEmployeeId === me && !message.deletedAt && (message.content?.text ?? "") !== "");
}
