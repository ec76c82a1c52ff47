import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { attachmentName } from "../names.ts";

/** One line of a message, for quotes and reply bars. */
export function quoteText(message: Message): string {
  const { content } = message;
  if (message.deletedAt) return t("message.deletedByCustomer");
  if (content?.text) return content.text;
  const first = content?.attachments[0];
  return first ? attachmentName(first.kind) : t("kind.other");
}
