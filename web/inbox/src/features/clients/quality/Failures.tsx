import { Button } from "@mantine/core";
import { IconChecks, IconDownload } from "@tabler/icons-react";
import { createClient } from "@connectrpc/connect";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { QualityCheck, type QualityFailure, QualityService } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { transport } from "../../../rpc/transport.ts";
import { Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import { SelectField } from "../fields/controls.tsx";
import { type Names, useNames } from "../useSay.ts";
import { csv, download } from "./csv.ts";
import { labelOf, POTENTIAL } from "./labels.ts";
import css from "./quality.module.css";
import type { Whose } from "./whose.ts";

const service = createClient(QualityService, transport);
const PAGE = 50;
const EXPORTED = 1_000;
const EXPORT_TIMEOUT_MS = 60_000;

export const CHECKS = {
  contactData: QualityCheck.CONTACT_DATA,
  portrait: QualityCheck.PORTRAIT,
  duplicateClients: QualityCheck.DUPLICATE_CLIENTS,
  duplicateContacts: QualityCheck.DUPLICATE_CONTACTS,
  potential: QualityCheck.POTENTIAL,
  unlinked: QualityCheck.UNLINKED,
} as const;
export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];

/** The records that fail a check, page by page, and all of them as a table for a spreadsheet. */
export function Failures({ check, whose, onCheck }: { check: CheckName; whose: Whose; onCheck: (check: CheckName) => void }) {
  const names = useNames();
  const now = useNow(60_000);
  const asked = { check: CHECKS[check], responsibleEmployeeIds: whose.kind === "employee" ? [whose.id] : [], departmentId: whose.kind === "department" ? whose.id : "" };
  const list = useInfiniteQuery({
    queryKey: ["clients", "failures", asked],
    queryFn: ({ pageParam, signal }) => service.listQualityFailures({ ...asked, pageSize: PAGE, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    staleTime: 0,
  });
  const failures = list.data?.pages.flatMap((page) => page.failures) ?? [];
  const problem = list.error && !list.data ? problemOf(list.error) : undefined;
  const asOf = list.data?.pages[0]?.asOf;
  return (
    <Section title={t("quality.check")}>
      <div className={css.checkBar}>
        <SelectField label={t("quality.checkKind")} value={check} items={CHECK_NAMES.map((name) => [name, t(`quality.check.${name}`)] as const)} onChange={(name) => onCheck(name as CheckName)} />
        {failures.length > 0 && <Export asked={asked} check={check} names={names} />}
      </div>
      {check === "duplicateClients" && list.data && <p className={css.quiet}>{asOf ? t("quality.asOf", { at: dayAndClock(millis(asOf), now) }) : t("quality.notSearched")}</p>}
      {problem && <Failure what={t("quality.checkFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows rows={6} height={44} />}
      {list.data && failures.length === 0 && (check !== "duplicateClients" || asOf) && <Empty icon={IconChecks} title={t("quality.noFailures")} />}
      {failures.length > 0 && (
        <>
          <p className={css.quiet} role="status">
            {t("quality.shownN", { n: failures.length })}
          </p>
          <ul className={css.rows} aria-label={t(`quality.check.${check}`)}>
            {failures.map((failure) => (
              <Row key={failure.contactId || failure.contactPointId || failure.clientId} failure={failure} names={names} />
            ))}
          </ul>
        </>
      )}
      {list.hasNextPage && (
        <Button variant="default" size="compact-sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("clients.showMore")}
        </Button>
      )}
    </Section>
  );
}

function Row({ failure, names }: { failure: QualityFailure; names: Names }) {
  const { clientId, contactId, missing, otherIds, channel } = failure;
  const field = missing[0]?.startsWith(POTENTIAL) ? undefined : missing[0]; // a potential is on the card, not in its form
  const search = contactId ? { contact: contactId } : field ? { edit: true, field } : {};
  const responsible = names.employees.get(failure.responsibleEmployeeId)?.name;
  const under = [contactId ? failure.clientName : "", responsible, channelName(channel)].filter(Boolean).join(" · ");
  const why = missing.length > 0 ? missing.map((key) => labelOf(key, names.fields)).join(", ") : otherIds.length > 0 ? t("quality.same", { n: otherIds.length }) : "";
  return (
    <li className={css.row}>
      <span className={css.rowText}>
        {clientId ? (
          <Link to="/clients/$clientId" params={{ clientId }} search={search} className={css.way}>
            {failure.name}
          </Link>
        ) : (
          <span>{failure.name}</span>
        )}
        {under && <span className={css.quiet}>{under}</span>}
      </span>
      <span className={css.why}>{contactId && otherIds.length > 0 ? <Link to="/clients/$clientId" params={{ clientId: "duplicates" }} search={{ of: "contacts", ids: [contactId, ...otherIds].join(",") }} className={css.way} aria-label={t("quality.compare", { name: failure.name })}>{why}</Link> : why}</span>
      {failure.percent !== undefined && <span className={css.number}>{t("quality.percent", { n: failure.percent })}</span>}
    </li>
  );
}

function channelName(channel: string): string {
  return channel ? channel.charAt(0).toUpperCase() + channel.slice(1) : "";
}

type Asked = { check: QualityCheck; responsibleEmployeeIds: string[]; departmentId: string };

function Export({ asked, check, names }: { asked: Asked; check: CheckName; names: Names }) {
  const [done, setDone] = useState<number>();
  const run = async (): Promise<void> => {
    setDone(0);
    try {
      const all: QualityFailure[] = [];
      for (let pageToken = "", first = true; first || pageToken; first = false) {
        const page = await service.listQualityFailures({ ...asked, pageSize: EXPORTED, pageToken }, { timeoutMs: EXPORT_TIMEOUT_MS });
        all.push(...page.failures);
        pageToken = page.nextPageToken;
        setDone(all.length);
      }
      const COLUMNS = ["quality.column.record", "quality.column.client", "client.field.responsibleEmployeeId", "quality.column.percent", "quality.column.missing", "quality.column.others", "quality.column.channel"] as const satisfies readonly Key[];
      const rows = all.map((one) => [
        one.name,
        one.clientName,
        names.employees.get(one.responsibleEmployeeId)?.name ?? "",
        one.percent === undefined ? "" : String(one.percent),
        one.missing.map((key) => labelOf(key, names.fields)).join(", "),
        one.otherIds.join(", "),
        channelName(one.channel),
      ]);
      download(`${t("quality.file")}, ${t(`quality.check.${check}`)}.csv`, csv([COLUMNS.map((key) => t(key)), ...rows]));
      toast(t("quality.exported", { n: all.length }));
    } catch (error) {
      toast(problemText(problemOf(error)), { error: true });
    }
    setDone(undefined);
  };
  return (
    <Button variant="default" disabled={done !== undefined} leftSection={<IconDownload size={16} stroke={1.75} aria-hidden="true" />} onClick={() => void run()}>
      {done === undefined ? t("quality.export") : t("quality.exporting", { n: done })}
    </Button>
  );
}
