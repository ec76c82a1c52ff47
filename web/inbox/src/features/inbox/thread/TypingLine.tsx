import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useT } from "../../../i18n/index.ts";
import { nameOf } from "../names.ts";
import { useTyping } from "../typing.ts";
import { useThread } from "./context.ts";
import css from "./Thread.module.css";

/** Who types now; never read aloud. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const t = useT();
  const { employees, me } = useThread();
  const who = useTyping(conversation.conversationId);
  if (who === undefined || who === me) return null;
  return (
    <p className={css.typing} aria-hidden="true">
      {who ? t("thread.typingColleague", { name: employees.get(who)?.name ?? t("thread.colleague") }) : t("thread.typing", { name: nameOf(conversation) })}
    </p>
  );
}
