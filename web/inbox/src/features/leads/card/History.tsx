import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { LeadChange } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { camelOf } from "../../../rpc/refusal.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { Time } from "../../../ui/Time.tsx";
import { fieldName, useSay } from "../form.ts";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useLeadChanges } from "../queries.ts";

/** What became of it: before, after, who, when. */
export function History({ leadId }: { leadId: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLeadChanges(leadId);
  const changes = data?.pages.flatMap((page) => page.changes) ?? [];
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Section title={t("leads.history")}>
      {problem && <Failure what={t("leads.historyFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && changes.length === 0 && <p className={css.muted}>{t("leads.noHistory")}</p>}
      {changes.length > 0 && (
        <ul className={sheet.list}>
          {changes.map((change, index) => (
            <Change key={`${millis(change.at)} ${change.field} ${index}`} change={change} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("leads.showMore")}
        </Button>
      )}
    </Section>
  );
}

function Change({ change }: { change: LeadChange }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const say = useSay();
  const field = camelOf(change.field);
  const author = change.employeeId ? (employees.get(change.employeeId)?.name ?? "…") : t("leads.bySystem");
  const [to = ""] = change.newValues;
  return (
    <li className={css.item}>
      <span className={sheet.itemText}>
        <span>
          {fieldName(field)}:{" "}
          {field === "clientId" || field === "mergedIntoLeadId" ? (
            to &&
            (field === "clientId" ? (
              <Link className={css.link} to="/clients/$clientId" params={{ clientId: to }} search={{}}>
                {t("leads.openClient")}
              </Link>
            ) : (
              <Link className={css.link} to="/leads/$leadId" params={{ leadId: to }} search={{}}>
                {t("leads.openLead")}
              </Link>
            ))
          ) : (
            <>
              <del className={sheet.old}>{say(field, change.oldValues) || "—"}</del> → <ins className={sheet.new}>{say(field, change.newValues) || "—"}</ins>
            </>
          )}
        </span>
        <span className={css.muted}>
          {author} · <Time at={millis(change.at)} now={now} />
        </span>
      </span>
    </li>
  );
}
