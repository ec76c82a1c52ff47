import { t } from "../../../i18n/index.ts";
import { attachmentName } from "../names.ts";
import { useQuoted } from "../queries.ts";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { authorOf } from "./authors.ts";
import { useThread } from "./context.ts";
import css from "./Quote.module.css";

/** What a message answers; a click goes there. */
export function Quote({ messageId, text }: { messageId: string; text: string }) {
  const context = useThread();
  const loaded = context.message(messageId);
  const fetched = useQuoted(loaded ? "" : messageId);
  const quoted = loaded ?? fetched;
  if (!quoted) {
    return (
      <div className={css.quote}>
        <span className={css.line}>{text || (fetched === null ? t("message.quoteGone") : t("message.inReplyTo"))}</span>
      </div>
    );
  }
  return (
    <button type="button" className={css.quote} onClick={() => context.jump(quoted)}>
      <span className={css.author}>{authorOf(quoted, context)}</span>
      <span className={css.line}>{text || quoteText(quoted)}</span>
    </button>
  );
}

/** One line of a message, for quotes and reply bars. */
export function quoteText(message: Message): string {
  const { content } = message;
  if (message.deletedAt) return t("message.deletedByCustomer");
  if (content?.text) return content.text;
  const first = content?.attachments[0];
  return first ? attachmentName(first.kind) : t("kind.other");
}
