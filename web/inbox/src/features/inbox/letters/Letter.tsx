import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { AutomaticLetter, type Letter as Head } from "../../../gen/okno/channel/v1/content_pb.ts";
import { Direction, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { clock } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { authorOf } from "../thread/authors.ts";
import { useThread } from "../thread/context.ts";
import { Foot } from "../thread/Foot.tsx";
import { shownAt } from "../thread/order.ts";
import { Trouble } from "../thread/Trouble.tsx";
import { Actions } from "./Actions.tsx";
import { Body } from "./Body.tsx";
import { foldText } from "./fold.ts";
import { People } from "./Head.tsx";
import css from "./Letter.module.css";
import { nameOfPerson } from "./people.ts";

const AUTOMATIC: Partial<Record<AutomaticLetter, Key>> = {
  [AutomaticLetter.REPLY]: "letter.reply",
  [AutomaticLetter.BOUNCE]: "letter.bounce",
  [AutomaticLetter.BULK]: "letter.bulk",
  [AutomaticLetter.REPORT]: "letter.report",
  [AutomaticLetter.OTHER]: "letter.other",
};

/** What the reader has unfolded or folded; it stays so while the tab lives. */
const unfolded = new Map<string, boolean>();

type Props = { message: Message; head: Head; /** Unless the reader has chosen. */ open: boolean; marked: boolean };

/** One letter of a thread: a line, or all of it. */
export function Letter({ message, head, open: atFirst, marked }: Props) {
  useT();
  const context = useThread();
  const [open, setOpen] = useState(() => unfolded.get(message.messageId) ?? atFirst);
  const [asText, setAsText] = useState(false);
  const ours = message.direction === Direction.OUT;
  const name = head.from ? nameOfPerson(head.from) : authorOf(message, context);
  const toggle = (): void => {
    unfolded.set(message.messageId, !open);
    setOpen(!open);
  };
  const kind = AUTOMATIC[head.automatic];
  return (
    <article className={cx(css.row, marked && css.marked)} aria-label={t("letter.from", { name, time: clock(shownAt(message)) })} tabIndex={-1} data-message={message.messageId}>
      <div className={cx(css.letter, ours && css.ours)}>
        <header className={css.head}>
          <button type="button" className={css.toggle} aria-expanded={open} onClick={toggle}>
            {open ? <IconChevronDown size={16} stroke={1.75} aria-hidden="true" /> : <IconChevronRight size={16} stroke={1.75} aria-hidden="true" />}
            <span className="visually-hidden">{open ? t("letter.collapse") : t("letter.expand")}</span>
            <span className={css.name}>{name}</span>
            {!open && <span className={css.snippet}>{snippet(message, head)}</span>}
          </button>
          {kind && <Chip tone="violet">{t(kind)}</Chip>}
          {open && <Actions message={message} head={head} asText={asText} onAsText={setAsText} />}
          <Foot messages={[message]} />
        </header>
        {open && (
          <>
            <h2 className={css.subject} dir="auto">
              {head.subject || t("letter.noSubject")}
            </h2>
            <People head={head} />
            <Body message={message} head={head} asText={asText} />
          </>
        )}
      </div>
      <Trouble messages={[message]} />
    </article>
  );
}

function snippet({ content }: Message, head: Head): string {
  const { own } = foldText(content?.text ?? "", head.foldedFrom);
  return own.slice(0, 200).replaceAll(/\s+/gu, " ").trim() || head.subject || t("letter.noSubject");
}
