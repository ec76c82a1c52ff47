import { Button } from "@mantine/core";
import { skipToken, useInfiniteQuery } from "@connectrpc/connect-query";
import { IconEyeOff } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AccessLogService as Cards } from "../../../gen/okno/crm/v1/access_log_service_pb.ts";
import { AccessLogService as Dialogs } from "../../../gen/okno/inbox/v1/access_log_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Page } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import css from "./accesses.module.css";
import { Bar } from "./Bar.tsx";
import { merge } from "./merge.ts";
import { accessFilter, type AccessQuery, type AccessSearch, accessSearch, isNarrowed, readAccesses, type Service } from "./query.ts";
import { Row } from "./Row.tsx";

const PAGE = 50;

/** Who read personal data: cards and dialogs in one list, for administrators. */
export function AccessLogPage() {
  useT();
  const title = t("settings.accessLog");
  useTitle(title);
  const locked = !isAdministrator(useMe().employee);
  return (
    <Page title={title} wide>
      <p className={css.quiet}>{t("accesses.hint")}</p>
      {locked ? <Strip>{t("accesses.onlyAdmin")}</Strip> : <Log />}
    </Page>
  );
}

function Log() {
  const navigate = useNavigate();
  const query = readAccesses(useSearch({ strict: false }) as AccessSearch);
  const set = (next: AccessQuery): void => void navigate({ to: "/settings/access-log", search: accessSearch(next), replace: true });
  return (
    <>
      <Bar query={query} onQuery={set} />
      <List query={query} />
    </>
  );
}

function asked(query: AccessQuery, service: Service) {
  const filter = accessFilter(query, service);
  return filter ? { pageSize: PAGE, pageToken: "", filter } : skipToken;
}

const PAGES = { pageParamKey: "pageToken", getNextPageParam: ({ nextPageToken }: { nextPageToken: string }) => nextPageToken || undefined, staleTime: 0 } as const;

function List({ query }: { query: AccessQuery }) {
  const logs = [
    { of: "crm", log: useInfiniteQuery(Cards.method.listAccesses, asked(query, "crm"), PAGES) },
    { of: "inbox", log: useInfiniteQuery(Dialogs.method.listAccesses, asked(query, "inbox"), PAGES) },
  ] as const;
  const all = logs.filter(({ of }) => accessFilter(query, of)).map(({ log }) => log);
  const failed = all.find(({ error, data }) => error && !data)?.error;
  if (failed) {
    const problem = problemOf(failed);
    return <Failure what={t("accesses.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => all.forEach(({ refetch }) => void refetch())} />;
  }
  if (all.some(({ data }) => !data)) return <SkeletonRows rows={8} height={56} />;
  const stopped = all.find(({ error }) => error)?.error;
  const { shown, next } = merge(all.map(({ data, hasNextPage }) => ({ accesses: data?.pages.flatMap((page) => page.accesses) ?? [], hasMore: hasNextPage })));
  if (shown.length === 0 && next.length === 0) return <Empty icon={IconEyeOff} title={t(isNarrowed(query) ? "accesses.noneSo" : "accesses.none")} />;
  return (
    <>
      <ul className={css.list} aria-label={t("settings.accessLog")}>
        {shown.map((access) => (
          <Row key={access.accessId} access={access} />
        ))}
      </ul>
      {stopped && <Strip tone="red">{problemText(problemOf(stopped))}</Strip>}
      {next.length > 0 && (
        <Button variant="default" className={css.more} loading={all.some(({ isFetchingNextPage }) => isFetchingNextPage)} onClick={() => next.forEach((place) => void all[place]?.fetchNextPage())}>
          {t("accesses.more")}
        </Button>
      )}
    </>
  );
}
