import { Button } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "../../../i18n/index.ts";
import { setPreference, usePreference } from "../../../rpc/preferences.ts";
import { Field } from "../../../ui/Field.tsx";
import { Flyout } from "../../../ui/Flyout.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { type ClientQuery, isNarrowed, readQuery, searchOf } from "../query.ts";
import { NAME_MOST, type SavedView, toPreference, viewsOf, withView } from "./views.ts";

type Props = { query: ClientQuery; onQuery: (query: ClientQuery) => void };

/** One's own saved views of the list. */
export function Views({ query, onQuery }: Props) {
  return (
    <Flyout label={t("clients.views")} place="bottom-end" width={280} content={(close) => <List query={query} onQuery={(next) => (close(), onQuery(next))} />}>
      {(button) => (
        <Button variant="default" leftSection={<IconBookmark size={16} stroke={1.75} aria-hidden="true" />} {...button}>
          {t("clients.views")}
        </Button>
      )}
    </Flyout>
  );
}

function List({ query, onQuery }: Props) {
  const views = viewsOf(usePreference("clients_views"));
  const [name, setName] = useState("");
  const keep = (next: readonly SavedView[]): void => setPreference("clients_views", toPreference(next));
  const save = (): void => {
    keep(withView(views, { name: name.trim(), search: searchOf(query) }));
    setName("");
    toast(t("clients.viewSaved"));
  };
  const remove = (view: SavedView): void => {
    keep(views.filter((other) => other !== view));
    toast(t("clients.viewRemoved"), { undo: () => keep(views) });
  };
  return (
    <div className={sheet.flyout}>
      {views.length === 0 && <p className={css.muted}>{t("clients.noViews")}</p>}
      <ul className={css.viewList}>
        {views.map((view) => (
          <li key={view.name}>
            <button type="button" className={css.view} onClick={() => onQuery(readQuery(view.search))}>
              {view.name}
            </button>
            <IconButton small label={t("clients.removeView", { name: view.name })} onClick={() => remove(view)}>
              <IconTrash size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
      {isNarrowed(query) && (
        <form
          className={css.fields}
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) save();
          }}
        >
          <Field label={t("clients.viewName")}>{(props) => <input {...props} autoComplete="off" maxLength={NAME_MOST} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
          <Button type="submit" size="compact-sm" disabled={!name.trim()}>
            {t("clients.saveView")}
          </Button>
        </form>
      )}
    </div>
  );
}
