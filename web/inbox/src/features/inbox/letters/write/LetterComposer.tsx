import { Button } from "@mantine/core";
import type { Editor as Tiptap } from "@tiptap/core";
import { IconDots, IconX } from "@tabler/icons-react";
import { useEffect, useImperativeHandle, useRef, useState } from "react";
import type { Conversation, Message } from "../../../../gen/okno/inbox/v1/conversation_pb.ts";
import { Direction } from "../../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT } from "../../../../i18n/index.ts";
import { newId } from "../../../../rpc/ids.ts";
import { usePreference } from "../../../../rpc/preferences.ts";
import { useMe } from "../../../../rpc/session.ts";
import { Strip } from "../../../../ui/Strip.tsx";
import type { LetterWriter } from "../../composer/letterWriter.ts";
import { useAccount } from "../../queries.ts";
import { shownAt } from "../../thread/order.ts";
import { foldText } from "../fold.ts";
import { type Person, speaksOfFiles } from "./answer.ts";
import { answering } from "./begin.ts";
import { type LetterDraft, setLetterDraft, useLetterDraft } from "./draft.ts";
import { Editor } from "./Editor.tsx";
import { inFull } from "./names.ts";
import { paragraphs, passedOnHtml, passedOnText, type Quoted, quotedHtml, quotedText, type Words } from "./quote.ts";
import { Recipients } from "./Recipients.tsx";
import { signatureOf, signedHtml, signedText } from "./signature.ts";
import css from "./Write.module.css";

type Props = {
  conversation: Conversation;
  messages: readonly Message[];
  replyTo: Message | undefined;
  /** What is written, as plain text. */
  text: string;
  hasFiles: boolean;
  field: React.RefObject<HTMLElement | null>;
  writer: React.Ref<LetterWriter>;
  onText: (text: string) => void;
  onFiles: (files: readonly File[]) => void;
  /** It may go though nothing is written: it passes another letter on. */
  onWhole: (whole: boolean) => void;
  onSend: () => void;
};

const NOTHING: LetterDraft = { kind: "reply", subject: "", to: [], cc: [], bcc: [], html: "", text: "", quoteOf: "" };

/** Where letters are written: people, subject, rich text, and the letter that goes along. */
export function LetterComposer({ conversation, messages, replyTo, text, hasFiles, field, writer, onText, onFiles, onWhole, onSend }: Props) {
  useT();
  const { conversationId, person } = conversation;
  const account = useAccount(conversation.accountId);
  const own = account?.status?.identity ?? "";
  const signature = signatureOf(account, usePreference(`signature:${conversation.accountId}`), useMe().employee?.name ?? "");
  const stored = useLetterDraft(conversationId);
  const answered = replyTo ?? messages.findLast(({ content, direction }) => content?.letter && direction === Direction.IN);
  const draft = stored ?? (answered?.content?.letter ? answering(answered, answered.content.letter, false, own) : { ...NOTHING, to: person ? [{ address: person.address, name: person.displayName }] : [] });
  const change = (part: Partial<LetterDraft>): void => setLetterDraft(conversationId, { ...draft, ...part });
  const [more, setMore] = useState(false);
  const [asked, setAsked] = useState<"files" | "people">();
  const editor = useRef<Tiptap>(undefined);
  const subject = useRef<HTMLInputElement>(null);
  const known = knownPeople(messages);
  const quoted = quotedOf(messages.find(({ messageId }) => messageId === draft.quoteOf), own);

  const forwards = draft.kind === "forward";
  useEffect(() => {
    onWhole(forwards);
    return () => onWhole(false);
  }, [forwards, onWhole]);
  // Words that came from elsewhere: taken back, or written on another device.
  useEffect(() => {
    const here = editor.current;
    if (!here || here.isDestroyed || here.getText({ blockSeparator: "\n" }).trim() === text.trim()) return;
    here.commands.setContent(draft.text === text && draft.html ? draft.html : paragraphs(text), { emitUpdate: false });
  }, [text, draft.text, draft.html]);

  useImperativeHandle(writer, () => ({
    ready: () => {
      const missing = draft.to.length + draft.cc.length + draft.bcc.length === 0 ? "people" : speaksOfFiles(draft.text) && !hasFiles && asked !== "files" ? "files" : undefined;
      setAsked(missing);
      return missing === undefined;
    },
    outgoing: () => {
      const below = quoted && { text: (forwards ? passedOnText : quotedText)(quoted, wordsOf(quoted)), html: (forwards ? passedOnHtml : quotedHtml)(quoted, wordsOf(quoted)) };
      const signed = draft.unsigned ? "" : signature;
      const html = (draft.html || paragraphs(text)) + signedHtml(signed) + (below?.html ?? "");
      const { to, cc, bcc } = draft;
      return {
        letter: { subject: draft.subject.trim(), to, cc, bcc, html, htmlFileId: newId() },
        text: [text.trim(), signedText(signed), below?.text].filter(Boolean).join("\n\n"),
        done: () => setLetterDraft(conversationId, undefined),
        restore: () => setLetterDraft(conversationId, draft),
      };
    },
    insert: (piece) => void editor.current?.chain().focus().insertContent(piece).run(),
  }));

  const list = (label: string, name: "to" | "cc" | "bcc"): React.ReactNode => <Recipients label={label} people={draft[name]} known={known} onChange={(people) => change({ [name]: people })} />;
  const copies = more || draft.cc.length + draft.bcc.length > 0;
  return (
    <div className={css.letter} onKeyDownCapture={(event) => sendKey(event, onSend)}>
      <div className={css.heads}>
        {list(t("write.to"), "to")}
        {!copies && (
          <button type="button" className={css.copies} onClick={() => setMore(true)}>
            {t("write.copies")}
          </button>
        )}
        {copies && list(t("write.cc"), "cc")}
        {copies && list(t("write.bcc"), "bcc")}
        <div className={css.line}>
          <label className={css.label} htmlFor="letter-subject">
            {t("write.subject")}
          </label>
          <input ref={subject} id="letter-subject" className={css.subject} dir="auto" maxLength={998} value={draft.subject} onChange={(event) => change({ subject: event.target.value })} />
        </div>
      </div>
      <Editor
        html={draft.text === text && draft.html ? draft.html : paragraphs(text)}
        onReady={(made) => {
          editor.current = made;
          field.current = made.view.dom;
          // Whoever has opened it wants to write; a draft that was found wants nothing.
          if (text === "") made.commands.focus();
        }}
        onChange={(html, written) => {
          change({ html, text: written });
          onText(written);
        }}
        onFiles={onFiles}
        onLeave={() => document.querySelector<HTMLElement>("[role=log]")?.focus()}
      />
      {signature && !draft.unsigned && <Signature text={signature} onRemove={() => change({ unsigned: true })} />}
      {quoted && <Below quoted={quoted} forwards={forwards} onRemove={() => change({ quoteOf: "", kind: "reply" })} />}
      {asked && (
        <Strip
          tone="amber"
          actions={
            asked === "files" && (
              <Button size="compact-sm" variant="default" onClick={onSend}>
                {t("composer.sendAnyway")}
              </Button>
            )
          }
        >
          {asked === "files" ? t("write.noFiles") : t("write.nobody")}
        </Strip>
      )}
    </div>
  );
}

/** What will stand below the own words; this letter can go without it. */
function Signature({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <div className={css.below}>
      <div className={css.signature} role="note" aria-label={t("write.signature")} dir="auto">
        {text}
      </div>
      <button type="button" className={css.remove} aria-label={t("write.withoutSignature")} title={t("write.withoutSignature")} onClick={onRemove}>
        <IconX size={14} stroke={2} aria-hidden="true" />
      </button>
    </div>
  );
}

/** The letter that goes along, as a line; unfolded it is read. */
function Below({ quoted, forwards, onRemove }: { quoted: Quoted; forwards: boolean; onRemove: () => void }) {
  const [open, setOpen] = useState(false);
  const words = wordsOf(quoted);
  const label = forwards ? t("write.passesOn", { name: quoted.author }) : t("write.quotes", { name: quoted.author });
  return (
    <div className={css.below}>
      <button type="button" className={css.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconDots size={16} stroke={1.75} aria-hidden="true" />
        <span>{label}</span>
      </button>
      <button type="button" className={css.remove} aria-label={t("write.without")} title={t("write.without")} onClick={onRemove}>
        <IconX size={14} stroke={2} aria-hidden="true" />
      </button>
      {open && (
        <div className={css.quoted} dir="auto">
          {forwards ? passedOnText(quoted, words) : quotedText(quoted, words)}
        </div>
      )}
    </div>
  );
}

/** From every field, and before the editor makes a line of it. */
function sendKey(event: React.KeyboardEvent, send: () => void): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  send();
}

function knownPeople(messages: readonly Message[]): Person[] {
  const byAddress = new Map<string, Person>();
  for (const { content } of messages) {
    const { from, to = [], cc = [] } = content?.letter ?? {};
    for (const { address, name } of [...(from ? [from] : []), ...to, ...cc]) byAddress.set(address.toLowerCase(), { address, name: name || byAddress.get(address.toLowerCase())?.name || "" });
  }
  return [...byAddress.values()];
}

function quotedOf(message: Message | undefined, own: string): Quoted | undefined {
  const letter = message?.content?.letter;
  if (!message || !letter) return undefined;
  // What it quotes itself is not quoted again.
  const { own: text } = foldText(message.content?.text ?? "", letter.foldedFrom);
  return { letter, text, at: shownAt(message), author: letter.from ? inFull(letter.from) : own };
}

function wordsOf({ at, author }: Quoted): Words {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = new Date(at);
  const date = `${two(day.getDate())}.${two(day.getMonth() + 1)}.${day.getFullYear()}, ${two(day.getHours())}:${two(day.getMinutes())}, ${author}`;
  return { date, passedOn: t("write.passedOn"), from: t("write.fieldFrom"), sent: t("write.fieldDate"), subject: t("write.subject"), to: t("write.to") };
}
