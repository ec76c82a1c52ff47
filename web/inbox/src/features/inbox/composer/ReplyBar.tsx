import { IconX } from "@tabler/icons-react";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useT } from "../../../i18n/index.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { quoteText } from "../thread/quoteText.ts";
import css from "./Composer.module.css";

/** What is being answered or changed. */
export function ReplyBar({ editing, replyTo, onCancel }: { editing: Message | undefined; replyTo: Message | undefined; onCancel: () => void }) {
  const t = useT();
  const label = editing ? t("composer.editing") : replyTo ? t("composer.replyingTo", { text: quoteText(replyTo) }) : "";
  return (
    <div className={css.reply}>
      <span className={css.replyText}>{label}</span>
      <IconButton small label={editing ? t("action.cancel") : t("composer.noReply")} onClick={onCancel}>
        <IconX size={16} stroke={1.75} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
