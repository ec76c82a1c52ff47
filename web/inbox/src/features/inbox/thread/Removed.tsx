import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayTitle } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import css from "./Thread.module.css";

/** Where the thread begins now: what was before is erased. */
export function Removed({ conversation }: { conversation: Conversation }) {
  return <p className={css.beginning}>{t("thread.removed", { day: dayTitle(millis(conversation.removedBefore), serverNow()), n: conversation.removedMonths })}</p>;
}
