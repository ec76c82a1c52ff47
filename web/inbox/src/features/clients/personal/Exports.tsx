import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { IconPackageExport } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { PersonalDataService } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { ExportCard } from "./ExportCard.tsx";
import { isRunning, LOOK_MS } from "./exports.ts";
import css from "./personal.module.css";

/** What was packed of whom, and who fetched it. */
export function Exports() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    PersonalDataService.method.listPersonalExports,
    { pageSize: 20, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (page) => page.nextPageToken || undefined,
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.exports.some(isRunning)) ? LOOK_MS : false),
    },
  );
  const problem = error && !data ? problemOf(error) : undefined;
  const all = data?.pages.flatMap((page) => page.exports) ?? [];
  return (
    <Section title={t("personal.exports")}>
      {problem && <Failure what={t("personal.exportsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={2} height={88} />}
      {data && all.length === 0 && <Empty icon={IconPackageExport} title={t("personal.noExports")} />}
      <ul className={css.list}>
        {all.map((one) => (
          <li key={one.exportId}>
            <ExportCard
              one={one}
              link={
                <Link to="/clients/$clientId" params={{ clientId: one.clientId }} search={{}}>
                  {t("personal.client")}
                </Link>
              }
            />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("personal.more")}
        </Button>
      )}
    </Section>
  );
}
