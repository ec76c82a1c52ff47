import { t } from "../../../i18n/index.ts";
import { useQuoted } from "../queries.ts";
import { authorOf } from "./authors.ts";
import { useThread } from "./context.ts";
import css from "./Quote.module.css";
import { quoteText } from "./quoteText.ts";

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
