import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/directory.ts";
import { Time } from "../../../ui/Time.tsx";
import { useThread } from "./context.ts";
import css from "./EventLine.module.css";
import { shownAt } from "./order.ts";

/** A line between bubbles: what happened with the conversation. */
export function EventLine({ message }: { message: Message }) {
  useT();
  const { employees } = useThread();
  const departments = useDepartments();
  const name = (id: string): string => employees.get(id)?.name ?? t("thread.colleague");
  return (
    <article className={css.line} tabIndex={-1} data-message={message.messageId}>
      <Time at={shownAt(message)} /> <span>{words(message, name, (id) => departments.get(id)?.name ?? t("event.nobody"))}</span>
    </article>
  );
}

function words(message: Message, employee: (id: string) => string, department: (id: string) => string): string {
  const { event, content } = message;
  if (!event) return content?.eventText || content?.text || "";
  const line = lineOf(message, event, employee, department);
  return event.note ? t("event.note", { line, note: event.note }) : line;
}

function lineOf(message: Message, event: NonNullable<Message["event"]>, employee: (id: string) => string, department: (id: string) => string): string {
  const by = message.authorEmployeeId;
  const actor = { by: by ? employee(by) : t("event.byRule") };
  switch (event.what) {
    case "started": {
      const source = event.source?.ref || event.source?.url || event.source?.kind;
      return source ? t("event.startedFrom", { source }) : t("event.started");
    }
    case "blocked":
      return t("event.blocked");
    case "unblocked":
      return t("event.unblocked");
    case "assigned":
      if (by && by === event.employeeId) return t("event.taken", { by: employee(by) });
      return t("event.assigned", { to: event.employeeId ? employee(event.employeeId) : t("event.nobody") });
    case "transferred": {
      const to = event.employeeId ? employee(event.employeeId) : department(event.departmentId);
      return event.fromEmployeeId ? t("event.transferred", { from: employee(event.fromEmployeeId), to }) : t("event.transferredTo", { to });
    }
    case "closed":
      return t("event.closed", actor);
    case "rejected":
      return t("event.rejected", actor);
    case "reopened":
      return t("event.reopened", actor);
    case "postponed":
      return t("event.postponed", actor);
    case "opened":
      return t("event.opened");
    default:
      return event.what;
  }
}
