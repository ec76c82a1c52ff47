import { IconAt, IconChevronDown } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { Counter } from "../../../ui/Counter.tsx";
import { cx } from "../../../ui/cx.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { part } from "../../../ui/part.ts";
import type { InboxPlace } from "../location.ts";
import { useCounts } from "../queries.ts";
import css from "./ListPane.module.css";

const ViewsPanel = part(() => withTexts(import("./ViewsPanel.tsx"), "work").then(({ ViewsPanel: component }) => component));

const TABS = ["mine", "unassigned", "all", "mentions"] as const;

/** The fixed views as tabs, the saved ones behind the last. */
export function Views({ place }: { place: InboxPlace }) {
  useT();
  const counts = useCounts();
  const { viewName, saved } = place;
  const other = saved?.name ?? (viewName === "snoozed" || viewName === "unlinked" ? t(`inbox.view.${viewName}`) : "");
  return (
    <nav className={css.views} aria-label={t("inbox.views")}>
      {TABS.map((view) => (
        <Link
          key={view}
          to="/inbox/$view"
          params={{ view }}
          search={{}}
          className={cx(css.view, view === "mentions" && css.mentions)}
          aria-current={view === viewName ? "page" : undefined}
          title={view === "mentions" ? t("inbox.view.mentions") : undefined}
        >
          {view === "mentions" && <IconAt size={16} stroke={1.75} aria-hidden="true" />}
          <span className={view === "mentions" ? "visually-hidden" : undefined}>{t(`inbox.view.${view}`)}</span>
          {view !== "all" && <Counter n={counts?.[view] ?? 0} />}
        </Link>
      ))}
      <Flyout label={t("inbox.moreViews")} width={300} content={(close) => <ViewsPanel place={place} onClose={close} />}>
        {(button) => (
          <button type="button" className={cx(css.view, css.more)} title={t("inbox.moreViews")} data-current={other ? true : undefined} {...button}>
            <span className={css.moreName}>{other || t("inbox.view")}</span>
            <IconChevronDown size={14} stroke={2} aria-hidden="true" />
          </button>
        )}
      </Flyout>
    </nav>
  );
}
