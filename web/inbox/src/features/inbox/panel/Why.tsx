import { useQuery } from "@connectrpc/connect-query";
import { RequestService } from "../../../gen/okno/inbox/v1/request_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import css from "./CustomerPanel.module.css";

const WHY: Partial<Record<string, Key>> = {
  fixed: "why.fixed",
  round_robin: "why.round_robin",
  queue: "why.queue",
  taken: "why.taken",
  transferred: "why.transferred",
};

/** Why the request is where it is: each automatic decision explains itself. */
export function Why({ requestId }: { requestId: string }) {
  const employees = useEmployees();
  const { data } = useQuery(RequestService.method.getRequest, { requestId }, { staleTime: 10_000 });
  const decision = data?.request?.decision;
  const why = decision && WHY[decision.method];
  if (!why) return null;
  return (
    <details className={css.why}>
      <summary>{t("panel.why")}</summary>
      <p>{t(why)}</p>
      {decision.skipped.map((line) => {
        const [id = "", reason = ""] = line.split(/:\s*/u, 2);
        return <p key={line}>{t("why.skipped", { name: employees.get(id)?.name ?? t("thread.colleague"), why: reason })}</p>;
      })}
    </details>
  );
}
