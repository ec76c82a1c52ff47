import { Automatic, Direction, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { nameOf } from "../names.ts";
import type { ThreadContext } from "./context.ts";

/** Who wrote a message, as the page calls them. */
export function authorOf(message: Message, context: Pick<ThreadContext, "conversation" | "me" | "employees">): string {
  if (message.authorEmployeeId && message.authorEmployeeId === context.me) return t("message.you");
  const employee = context.employees.get(message.authorEmployeeId)?.name;
  if (employee) return employee;
  if (message.authorName) return message.authorName;
  if (message.automatic === Automatic.OUT_OF_HOURS) return t("message.outOfHours");
  return message.direction === Direction.IN ? nameOf(context.conversation) : t("message.automatic");
}
