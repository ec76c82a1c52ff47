import { Button } from "@mantine/core";
import { IconArrowBackUp, IconArrowsJoin } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Merge } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Time } from "../../../ui/Time.tsx";
import { day } from "../day.ts";
import { Counts } from "./Counts.tsx";
import css from "./doubles.module.css";
import { said, useOf } from "./of.ts";
import { useCards, useMerges, usePeople, useUndo } from "./queries.ts";

/** Every merge, the newest first: whose, into whom, what moved, and the way back while there is one. */
export function Journal() {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useMerges(useOf());
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("doubles.journalFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  if (!data) return <SkeletonRows rows={6} height={64} />;
  if (data.pages.every(({ merges }) => merges.length === 0)) return <Empty icon={IconArrowsJoin} title={t("doubles.journalNone")} />;
  return (
    <>
      <ul className={css.journal} aria-label={t("doubles.tab.journal")}>
        {data.pages.map(({ merges }, index) => (
          <Stretch key={index} merges={merges} />
        ))}
      </ul>
      {hasNextPage && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("doubles.more")}
          </Button>
        </div>
      )}
    </>
  );
}

/** One page of them: the cards of a page are asked for together. */
function Stretch({ merges }: { merges: readonly Merge[] }) {
  const cards = useCards([...new Set(merges.map(({ clientId }) => clientId))]);
  const contactIds = [...new Set(merges.map(({ contactId }) => contactId).filter(Boolean))];
  const people = usePeople(contactIds);
  const pending = !cards.data || (contactIds.length > 0 && !people.data);
  const nameOf = ({ clientId, contactId }: Merge): string | undefined =>
    contactId ? people.data?.find((contact) => contact.contactId === contactId)?.name : cards.data?.clients.find((client) => client.clientId === clientId)?.name;
  return merges.map((merge) => <Entry key={merge.mergeId} merge={merge} known={nameOf(merge)} pending={pending} />);
}

function Entry({ merge, known, pending }: { merge: Merge; /** Undefined: not to be seen. */ known: string | undefined; pending: boolean }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const undo = useUndo();
  const until = millis(merge.undoUntil);
  const open = !merge.undoneAt && until > now;
  const of = merge.contactId ? "contacts" : "clients";
  const name = known ?? (pending ? "…" : t(said(of, "doubles.closed")));
  return (
    <li className={css.entry} aria-label={t("doubles.journalLine", { name })}>
      <span className={css.entryText}>
        <span className={css.candidateName}>
          {known ? (
            <Link className={css.name} to="/clients/$clientId" params={{ clientId: merge.clientId }} search={merge.contactId ? { contact: merge.contactId } : {}}>
              {name}
            </Link>
          ) : (
            name
          )}
          <span className={css.muted}>{t(said(of, "doubles.others"), { n: merge.otherClientIds.length + merge.otherContactIds.length })}</span>
          {merge.undoneAt && <Chip>{t("doubles.isUndone")}</Chip>}
        </span>
        <span className={css.muted}>
          <Time at={millis(merge.mergedAt)} now={now} /> · {employees.get(merge.authorEmployeeId)?.name ?? "—"}
          {!merge.undoneAt && <> · {open ? t("doubles.undoUntil", { day: day(new Date(until).toISOString().slice(0, 10)) }) : t("doubles.tooOld")}</>}
        </span>
        <details className={css.entryCounts}>
          <summary>{t("doubles.counts")}</summary>
          <Counts counts={merge.counts} />
        </details>
      </span>
      {open && (
        <Button variant="default" size="compact-sm" loading={undo.isPending} leftSection={<IconArrowBackUp size={16} stroke={1.75} aria-hidden="true" />} onClick={() => undo.mutate({ mergeId: merge.mergeId })}>
          {t("doubles.undo")}
        </Button>
      )}
    </li>
  );
}
