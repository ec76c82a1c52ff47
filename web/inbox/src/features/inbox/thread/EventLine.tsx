import { Suspense } from "react";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";
import { Time } from "../../../ui/Time.tsx";
import { useThread } from "./context.ts";
import css from "./EventLine.module.css";
import { shownAt } from "./order.ts";

/** The few lines that name a department wait for its name, in their place. */
const DepartmentName = part(() => import("./DepartmentName.tsx").then(({ DepartmentName: component }) => component), { ahead: true });

/** A line between bubbles: what happened with the conversation. */
export function EventLine({ message }: { message: Message }) {
  useT();
  const { employees } = useThread();
  const { event } = message;
  const name = (id: string): string => employees.get(id)?.name ?? t("thread.colleague");
  const toDepartment = event?.what === "transferred" && !event.employeeId ? event.departmentId : "";
  return (
    <article className={css.line} tabIndex={-1} data-message={message.messageId}>
      <Time at={shownAt(message)} />{" "}
      {toDepartment ? (
        <Suspense fallback={<span>{words(message, name, "…")}</span>}>
          <DepartmentName departmentId={toDepartment}>{(department) => <span>{words(message, name, department)}</span>}</DepartmentName>
        </Suspense>
      ) : (
        <span>{words(message, name, t("event.nobody"))}</span>
      )}
    </article>
  );
}

function words(message: Message, employee: (id: string) => string, department: string): string {
  const { event, content } = message;
  if (!event) return content?.eventText || content?.text || "";
  const line = lineOf(message, event, employee, department);
  return event.note ? t("event.note", { line, note: event.note }) : line;
}

function lineOf(message: Message, event: NonNullable<Message["event"]>, employee: (id: string) => string, department: string): string {
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
      const to = event.employeeId ? employee(event.employeeId) : department;
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
