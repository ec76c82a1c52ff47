import { IconAt, IconBookmark, IconClockPause, IconLinkOff, IconSettings, IconUsers } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { Counter } from "../../../ui/Counter.tsx";
import { part } from "../../../ui/part.ts";
import { savedViewPath } from "../filter.ts";
import { type InboxPlace, useInboxGo } from "../location.ts";
import { useCounts } from "../queries.ts";
import { useSavedViews, useViewCounts } from "../savedViews.ts";
import css from "./FilterBuilder.module.css";

const ManageViews = part(() => import("./ManageViews.tsx").then(({ ManageViews: component }) => component));
const SaveViewDialog = part(() => import("./SaveViewDialog.tsx").then(({ SaveViewDialog: component }) => component));

/** Snoozed and saved views with their counters, and what can be done with them. */
export function ViewsPanel({ place, onClose }: { place: InboxPlace; onClose: () => void }) {
  useT();
  const go = useInboxGo();
  const { views } = useSavedViews();
  const counts = useViewCounts(views, true);
  const { mentions = 0, unlinked = 0 } = useCounts() ?? {};
  const [dialog, setDialog] = useState<"save" | "manage">();
  return (
    <div className={css.panel}>
      <Link to="/inbox/$view" params={{ view: "snoozed" }} search={{}} className={css.line} data-autofocus data-current={place.viewName === "snoozed" || undefined} onClick={onClose}>
        <IconClockPause size={16} stroke={1.75} aria-hidden="true" />
        <span className={css.name}>{t("inbox.view.snoozed")}</span>
      </Link>
      <Link to="/inbox/$view" params={{ view: "mentions" }} search={{}} className={css.line} data-current={place.viewName === "mentions" || undefined} onClick={onClose}>
        <IconAt size={16} stroke={1.75} aria-hidden="true" />
        <span className={css.name}>{t("inbox.view.mentions")}</span>
        <Counter n={mentions} />
        {mentions > 0 && <span className="visually-hidden">, {mentions}</span>}
      </Link>
      <Link to="/inbox/$view" params={{ view: "unlinked" }} search={{}} className={css.line} data-current={place.viewName === "unlinked" || undefined} title={t("inbox.unlinkedHint")} onClick={onClose}>
        <IconLinkOff size={16} stroke={1.75} aria-hidden="true" />
        <span className={css.name}>{t("inbox.view.unlinked")}</span>
        <Counter n={unlinked} />
        {unlinked > 0 && <span className="visually-hidden">, {unlinked}</span>}
      </Link>
      {views.length > 0 && <hr className={css.rule} />}
      {views.map((view) => (
        <Link
          key={view.viewId}
          to="/inbox/$view"
          params={{ view: savedViewPath(view.viewId) }}
          search={{}}
          className={css.line}
          data-current={place.saved?.viewId === view.viewId || undefined}
          title={view.name}
          onClick={onClose}
        >
          {view.shared ? <IconUsers size={16} stroke={1.75} aria-label={t("views.isShared")} /> : <IconBookmark size={16} stroke={1.75} aria-hidden="true" />}
          <span className={css.name}>{view.name}</span>
          <Counter n={counts.get(view.viewId) ?? 0} />
          {(counts.get(view.viewId) ?? 0) > 0 && <span className="visually-hidden">, {counts.get(view.viewId)}</span>}
        </Link>
      ))}
      {views.length === 0 && <p className={css.none}>{t("views.none")}</p>}
      <hr className={css.rule} />
      <button type="button" className={css.line} onClick={() => setDialog("save")}>
        <IconBookmark size={16} stroke={1.75} aria-hidden="true" />
        <span className={css.name}>{t("views.save")}</span>
      </button>
      {views.length > 0 && (
        <button type="button" className={css.line} onClick={() => setDialog("manage")}>
          <IconSettings size={16} stroke={1.75} aria-hidden="true" />
          <span className={css.name}>{t("views.manage")}</span>
        </button>
      )}
      <Suspense>
        {dialog === "save" && <SaveViewDialog filter={place.filter} onClose={() => setDialog(undefined)} onSaved={(path) => (onClose(), void go.view(path))} />}
        {dialog === "manage" && <ManageViews onClose={() => setDialog(undefined)} />}
      </Suspense>
    </div>
  );
}
