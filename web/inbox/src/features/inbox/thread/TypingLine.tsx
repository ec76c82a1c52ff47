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
  const others = useTyping(conversation.conversationId).filter((id) => id !== me);
  if (others.length === 0) return null;
  const words = (id: string): string => (id ? t("thread.typingColleague", { name: employees.get(id)?.name ?? t("thread.colleague") }) : t("thread.typing", { name: nameOf(conversation) }));
  return (
    <p className={css.typing} aria-hidden="true">
      {others.map(words).join(" · ")}
    </p>
  );
}
