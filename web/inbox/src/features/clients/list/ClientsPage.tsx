import { Button } from "@mantine/core";
import { IconCopyCheck, IconGauge, IconPlus, IconUpload, IconUserOff, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { BulkBar } from "../bulk/parts.ts";
import css from "../clients.module.css";
import rows from "../../../ui/list/list.module.css";
import { useListFeed } from "../live.ts";
import { type ClientQuery, isNarrowed, readQuery, searchOf, widest } from "../query.ts";
import { useClientList } from "../queries.ts";
import { Bar } from "./Bar.tsx";
import { columnsOf } from "./columns.tsx";
import { Files } from "./Files.tsx";
import { type Selection, useSelection } from "./selection.ts";
import { Table } from "./Table.tsx";

/** Every client that the reader sees, narrowed and ordered as the address says. */
export function ClientsPage() {
  useT();
  useTitle(t("rail.clients"));
  const query = readQuery(useSearch({ strict: false }));
  const go = useGo();
  const list = useClientList(query);
  const feed = useListFeed();
  const chosen = usePreference("clients_columns");
  const columns = useMemo(() => columnsOf(chosen), [chosen]);
  const problem = list.error && !list.data ? problemOf(list.error) : undefined;
  const shown = list.data?.pages.reduce((sum, page) => sum + page.clients.length, 0) ?? 0;
  const narrowed = isNarrowed(query);
  const selection = useChosen(query);
  return (
    <>
      <header className={rows.listHead}>
        <h1 tabIndex={-1} data-heading>
          {t("rail.clients")}
        </h1>
        <span className={css.muted} role="status">
          {list.data && (list.hasNextPage ? t("clients.shownN", { n: shown }) : t("clients.allN", { n: shown }))}
        </span>
        <LinkButton variant="default" className={rows.toEnd} to="/clients/$clientId" params={{ clientId: "quality" }} search={{}} leftSection={<IconGauge size={16} stroke={1.75} aria-hidden="true" />}>
          {t("quality.title")}
        </LinkButton>
        <LinkButton variant="default" to="/clients/$clientId" params={{ clientId: "duplicates" }} search={{}} leftSection={<IconCopyCheck size={16} stroke={1.75} aria-hidden="true" />}>
          {t("clients.doubles")}
        </LinkButton>
        <Files query={query} />
        <LinkButton to="/clients/$clientId" params={{ clientId: "new" }} search={{}} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />}>
          {t("clients.add")}
        </LinkButton>
      </header>
      <Bar query={query} columns={columns} onQuery={go} />
      {feed.news && (
        <Strip
          actions={
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => {
                feed.seen();
                void list.refetch();
              }}
            >
              {t("clients.showNews")}
            </Button>
          }
        >
          {t("clients.news")}
        </Strip>
      )}
      {problem && <Failure what={t("clients.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows rows={12} height={44} />}
      {list.data && shown === 0 && (
        <Empty icon={IconUserOff} title={t(narrowed ? "clients.noneFound" : "clients.none")}>
          {narrowed && (
            <Button variant="default" leftSection={<IconX size={16} stroke={1.75} aria-hidden="true" />} onClick={() => go(widest(query))}>
              {t("clients.reset")}
            </Button>
          )}
          {!narrowed && (
            <LinkButton variant="default" to="/clients/$clientId" params={{ clientId: "import" }} search={{}} leftSection={<IconUpload size={16} stroke={1.75} aria-hidden="true" />}>
              {t("clients.import")}
            </LinkButton>
          )}
        </Empty>
      )}
      {shown > 0 && <Table query={query} list={list} columns={columns} selection={selection} />}
      <Suspense>{selection.ids.size > 0 && <BulkBar rows={list.data?.pages.flatMap((page) => page.clients) ?? []} selection={selection} />}</Suspense>
    </>
  );
}

/** Whoever looks for others chooses anew: nothing is done to rows that are out of sight. */
function useChosen(query: ClientQuery): Selection {
  const selection = useSelection();
  const { set } = selection;
  const name = JSON.stringify(searchOf(query));
  useEffect(() => set([]), [name, set]);
  return selection;
}

function useGo(): (query: ClientQuery) => void {
  const navigate = useNavigate();
  return (query) => void navigate({ to: "/clients", search: searchOf(query), replace: true });
}
