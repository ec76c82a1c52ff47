import { Button } from "@mantine/core";
import type { FieldChange } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { Time } from "../../../ui/Time.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useChanges, useContacts } from "../queries.ts";
import { useNames } from "../useSay.ts";
import { ChangeText } from "./ChangeText.tsx";

/** What became of the fields whose changes are kept: before, after, who, when. */
export function History({ clientId }: { clientId: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useChanges(clientId);
  const { contacts } = useContacts(clientId);
  const changes = data?.pages.flatMap((page) => page.changes) ?? [];
  const problem = error && !data ? problemOf(error) : undefined;
  const whose = new Map(contacts.map(({ contactId, name }) => [contactId, name]));
  return (
    <Section title={t("clients.history")}>
      {problem && <Failure what={t("clients.historyFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && changes.length === 0 && <p className={css.muted}>{t("clients.noHistory")}</p>}
      {changes.length > 0 && (
        <ul className={sheet.list}>
          {changes.map((change, index) => (
            <Change key={`${millis(change.at)} ${change.field} ${change.customFieldId} ${index}`} change={change} contact={whose.get(change.contactId) ?? ""} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("clients.showMore")}
        </Button>
      )}
    </Section>
  );
}

function Change({ change, contact }: { change: FieldChange; contact: string }) {
  const now = useNow(60_000);
  return (
    <li className={css.item}>
      <ChangeLine change={change} contact={contact} at={<Time at={millis(change.at)} now={now} />} />
    </li>
  );
}

/** What a field was and what it became, and by whom. */
export function ChangeLine({ change, contact, at }: { change: FieldChange; contact: string; at: React.ReactNode }) {
  const names = useNames();
  const author = change.employeeId ? (names.employees.get(change.employeeId)?.name ?? "…") : t("clients.bySystem");
  return (
    <span className={sheet.itemText}>
      <ChangeText change={change} whose={contact} names={names} />
      <span className={css.muted}>
        {author} · {at}
      </span>
    </span>
  );
}
