import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { PotentialService } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import clients from "../clients.module.css";
import { labelOf } from "../quality/labels.ts";
import type { Names } from "../useSay.ts";
import css from "./potential.module.css";
import { valueName } from "./values.ts";

type Props = { names: Names; chosen: readonly string[]; /** Absent: the department that is shown is not theirs to change. */ onGive: ((field: string, value: string) => void) | undefined };

/** Values that count as 1 because nobody gave them a weight, those of the most clients first. */
export function Gaps({ names, chosen, onGive }: Props) {
  const list = useInfiniteQuery(PotentialService.method.listPotentialGaps, { pageSize: 20, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 });
  const gaps = list.data?.pages.flatMap((page) => page.gaps) ?? [];
  const problem = list.error && !list.data ? problemOf(list.error) : undefined;
  return (
    <Section title={t("potential.gaps")}>
      {problem && <Failure what={t("potential.gapsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows rows={2} height={44} />}
      {list.data && <p className={clients.muted}>{t(gaps.length > 0 ? "potential.gapsHint" : "potential.noGaps")}</p>}
      {gaps.length > 0 && (
        <ul className={css.weights} aria-label={t("potential.gaps")}>
          {gaps.map(({ field, value, clients: n }) => {
            const name = valueName(field, value, names);
            return (
              <li key={`${field} ${value}`} className={css.weight}>
                <span>
                  {t("potential.factor", { field: labelOf(field, names.fields), value: name })}
                  <small>{t("potential.clients", { n: Number(n) })}</small>
                </span>
                {onGive && chosen.includes(field) && (
                  <Button variant="default" size="compact-sm" aria-label={t("potential.giveWeightTo", { value: name })} onClick={() => onGive(field, value)}>
                    {t("potential.giveWeight")}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {list.hasNextPage && (
        <Button variant="default" size="compact-sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("clients.showMore")}
        </Button>
      )}
    </Section>
  );
}
