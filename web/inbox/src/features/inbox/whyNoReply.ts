import type { Conversation } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../i18n/format.ts";
import { type Key, t } from "../../i18n/index.ts";
import { millis, serverNow } from "../../rpc/clock.ts";

/** The server's words for why one may read and not answer. */
const RIGHTS: Partial<Record<string, Key>> = {
  take_first: "composer.takeFirst",
  assigned_to_other: "composer.assignedToOther",
  other_department: "composer.otherDepartment",
};

export function whyNoRight(reason: string): string {
  return t(RIGHTS[reason] ?? "composer.cannotReply");
}

/** Why nothing can be sent into a conversation, in words; empty when it can. */
export function whyNoReply(row: Conversation): string {
  const until = millis(row.replyUntil);
  if (!row.canReply) return whyNoRight(row.cannotReplyReason);
  if (row.blocked) return t("composer.blocked");
  return until > 0 && until < serverNow() ? t("composer.windowClosed", { time: dayAndClock(until, serverNow()) }) : "";
}
