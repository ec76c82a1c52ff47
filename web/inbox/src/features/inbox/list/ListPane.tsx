import { Suspense } from "react";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { part } from "../../../ui/part.ts";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { rowsOf } from "../cache.ts";
import { isNarrowed } from "../filter.ts";
import { useInboxPlace } from "../location.ts";
import { useList } from "../queries.ts";
import { ConversationList } from "./ConversationList.tsx";
import css from "./ListPane.module.css";
import { type Density, ROW_HEIGHT } from "./Row.tsx";
import { Tools } from "./Tools.tsx";
import { Views } from "./Views.tsx";

const Nothing = part(() => withTexts(import("./Nothing.tsx"), "work").then(({ Nothing: component }) => component));
const ViewGone = part(() => withTexts(import("./Nothing.tsx"), "work").then(({ ViewGone: component }) => component));
const FilterBar = part(() => withTexts(import("./FilterBar.tsx"), "work").then(({ FilterBar: component }) => component));

/** The list pane: views, search, filters, rows; its edge is the caller's. `onRows` learns the order on screen. */
export function ListPane({ onRows, children }: { onRows: (ids: readonly string[]) => void; children?: React.ReactNode }) {
  useT();
  const place = useInboxPlace();
  const { filter, conversationId, state } = place;
  const density: Density = usePreference("density") === "compact" ? "compact" : "comfortable";
  const list = useList(filter, state === "ready");
  const empty = list.data && rowsOf(list.data).length === 0;
  return (
    <section className={css.pane} role="region" aria-label={t("inbox.list")} data-pane>
      <header className={css.head}>
        <h1 className={css.title} tabIndex={-1}>
          {t("inbox.title")}
        </h1>
        <Views place={place} />
        <Tools filter={filter} density={density} />
        {(isNarrowed(filter) || place.search.edited) && (
          <Suspense fallback={<div className={css.filtersWait} />}>
            <FilterBar place={place} />
          </Suspense>
        )}
      </header>
      <Suspense>
        {state === "gone" && <ViewGone />}
        {empty && <Nothing filter={filter} />}
      </Suspense>
      {list.isError && !list.data && <Failure what={t("inbox.failed")} why={problemText(problemOf(list.error))} traceId={problemOf(list.error).traceId} retry={() => void list.refetch()} />}
      {state !== "gone" && list.isPending && <SkeletonRows rows={6} height={ROW_HEIGHT[density]} />}
      {list.data && !empty && <ConversationList key={density} filter={filter} density={density} openId={conversationId} list={list} onRows={onRows} />}
      {children}
    </section>
  );
}
