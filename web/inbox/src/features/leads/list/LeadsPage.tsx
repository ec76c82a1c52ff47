import { Button } from "@mantine/core";
import { IconPlus, IconUserOff, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import rows from "../../../ui/list/list.module.css";
import { part } from "../../../ui/part.ts";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import css from "../leads.module.css";
import { useListFeed } from "../live.ts";
import { useLeadList } from "../queries.ts";
import { isNarrowed, type LeadQuery, readQuery, searchOf, widest } from "../query.ts";
import { Bar } from "./Bar.tsx";
import { Table } from "./Table.tsx";

const NewLead = part(() => import("../NewLead.tsx").then(({ NewLead: component }) => component), { ahead: true });

/** Every lead that the reader sees, narrowed and ordered as the address says. */
export function LeadsPage() {
  useT();
  useTitle(t("leads.title"));
  const query = readQuery(useSearch({ strict: false }));
  const go = useGo();
  const list = useLeadList(query);
  const feed = useListFeed();
  const [adding, setAdding] = useState(false);
  const problem = list.error && !list.data ? problemOf(list.error) : undefined;
  const shown = list.data?.pages.reduce((sum, page) => sum + page.leads.length, 0) ?? 0;
  const narrowed = isNarrowed(query);
  const anew = (): void => {
    feed.seen();
    void list.refetch();
  };
  return (
    <>
      <header className={rows.listHead}>
        <h1 tabIndex={-1} data-heading>
          {t("leads.title")}
        </h1>
        <span className={css.muted} role="status">
          {list.data && t(list.hasNextPage ? "leads.shownN" : "leads.allN", { n: shown })}
        </span>
        <Button className={rows.toEnd} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setAdding(true)}>
          {t("leads.add")}
        </Button>
      </header>
      <Bar query={query} found={list.data?.pages.flatMap((page) => page.leads) ?? []} onQuery={go} />
      {feed.news && (
        <Strip
          actions={
            <Button variant="default" size="compact-sm" onClick={anew}>
              {t("leads.showNews")}
            </Button>
          }
        >
          {t("leads.news")}
        </Strip>
      )}
      {problem && <Failure what={t("leads.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows rows={12} height={44} />}
      {list.data && shown === 0 && (
        <Empty icon={IconUserOff} title={t(narrowed ? "leads.noneFound" : "leads.none")}>
          {narrowed && (
            <Button variant="default" leftSection={<IconX size={16} stroke={1.75} aria-hidden="true" />} onClick={() => go(widest(query))}>
              {t("leads.reset")}
            </Button>
          )}
        </Empty>
      )}
      {shown > 0 && <Table query={query} list={list} />}
      <Suspense>{adding && <NewLead onClose={() => setAdding(false)} />}</Suspense>
    </>
  );
}

function useGo(): (query: LeadQuery) => void {
  const navigate = useNavigate();
  return (query) => void navigate({ to: "/leads", search: searchOf(query), replace: true });
}
