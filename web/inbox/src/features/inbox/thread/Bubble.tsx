import { memo, Suspense, useState } from "react";
import { Direction, type Message, MessageKind } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Content } from "../../../gen/okno/channel/v1/content_pb.ts";
import { clock } from "../../../i18n/format.ts";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { part } from "../../../ui/part.ts";
import { authorOf } from "./authors.ts";
import css from "./Bubble.module.css";
import { useThread } from "./context.ts";
import { Foot } from "./Foot.tsx";
import { shownAt } from "./order.ts";
import { Attachments, Deleted, Extras, hasExtras, Quote } from "./parts.ts";
import { StyledText } from "./StyledText.tsx";
import { Trouble } from "./Trouble.tsx";

const MessageActions = part(() => withTexts(import("./MessageActions.tsx"), "work").then(({ MessageActions: component }) => component), { ahead: true });

type Props = { messages: readonly [Message, ...Message[]]; first: boolean; last: boolean; marked: boolean };

/** One message, or an album as one. */
export const Bubble = memo(function Bubble({ messages, first, last, marked }: Props) {
  useT();
  const context = useThread();
  const [active, setActive] = useState(false);
  const [message] = messages;
  const note = message.kind === MessageKind.NOTE;
  const ours = message.direction === Direction.OUT && !note;
  const author = authorOf(message, context);
  return (
    <article
      className={cx(css.row, ours && css.ours, note && css.noteRow, first && css.first, marked && css.marked)}
      aria-label={t("message.from", { name: author, time: clock(shownAt(message)) })}
      tabIndex={-1}
      data-message={message.messageId}
      onPointerEnter={() => setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setActive(false)}
    >
      {!ours && !note && <span className={css.face}>{first && <Avatar name={author} />}</span>}
      <div className={css.hold}>
        <div className={cx(css.bubble, note ? css.note : ours ? css.out : css.in, last && css.tail)}>
          {first && (note || (ours && message.authorEmployeeId !== context.me)) && <p className={css.author}>{author}</p>}
          {note && <p className={css.private}>{t("message.note")}</p>}
          <Body messages={messages} />
          <Foot messages={messages} />
        </div>
        {active && (
          <div className={css.actions}>
            <Suspense>
              <MessageActions message={message} />
            </Suspense>
          </div>
        )}
      </div>
      <Trouble messages={messages} />
    </article>
  );
});

/** An album shows its pictures together, then what is written to each. */
function Body({ messages }: { messages: readonly [Message, ...Message[]] }) {
  const { show } = useThread();
  const [first] = messages;
  const attachments = messages.flatMap((message) => (message.deletedAt ? [] : (message.content?.attachments ?? [])));
  const quoted = !first.deletedAt && (first.replyToMessageId || first.content?.quoteText);
  return (
    <>
      {!first.deletedAt && first.content?.forwardedFrom && <p className={css.forwarded}>{t("message.forwarded", { name: first.content.forwardedFrom })}</p>}
      {quoted && (
        <Suspense fallback={<div className={css.room} />}>
          <Quote messageId={first.replyToMessageId} text={first.content?.quoteText ?? ""} />
        </Suspense>
      )}
      {attachments.length > 0 && (
        <Suspense fallback={<div className={css.room} />}>
          <Attachments attachments={attachments} show={show} />
        </Suspense>
      )}
      {messages.map((message) =>
        message.deletedAt ? (
          <Suspense key={message.messageId} fallback={<div className={css.room} />}>
            <Deleted message={message} />
          </Suspense>
        ) : (
          <Words key={message.messageId} message={message} />
        ),
      )}
    </>
  );
}

function Words({ message }: { message: Message }) {
  const { content } = message;
  if (!content || isEmpty(content)) return <p className={css.unsupported}>{t("message.nothing")}</p>;
  return (
    <>
      {message.kind === MessageKind.BUTTON && <p className={css.pressed}>{t("message.button")}</p>}
      {content.text && <StyledText text={content.text} spans={content.spans} />}
      {hasExtras(message) && (
        <Suspense fallback={<div className={css.room} />}>
          <Extras content={content} />
        </Suspense>
      )}
    </>
  );
}

/** Nothing that we know how to show: that is said, never passed over. */
function isEmpty(content: Content): boolean {
  return !content.text && content.attachments.length === 0 && !content.location && !content.contactCard && !content.unsupported && !content.eventText && content.form.length === 0 && content.buttons.length === 0 && !content.quoteText;
}
