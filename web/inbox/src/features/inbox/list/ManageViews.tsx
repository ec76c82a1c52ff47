import { Button } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { isAdministrator, isHead, useMe } from "../../../rpc/session.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { type SavedView, useSavedViews } from "../savedViews.ts";
import css from "./ManageViews.module.css";
import { changeView, removeView } from "./saveView.ts";

/** Renames, shares, orders and deletes saved views. Another's shared view is an administrator's to change. */
export function ManageViews({ onClose }: { onClose: () => void }) {
  useT();
  const { views } = useSavedViews();
  const move = (view: SavedView, by: number): void => {
    const order = views.map((other) => other.viewId);
    const at = order.indexOf(view.viewId);
    order.splice(at, 1);
    order.splice(at + by, 0, view.viewId);
    for (const [rank, id] of order.entries()) {
      const other = views.find((found) => found.viewId === id);
      if (other && other.rank !== rank + 1) void changeView(other, { rank: rank + 1 });
    }
  };
  return (
    <Dialog title={t("views.manage")} onClose={onClose} wide>
      <ul className={css.views}>
        {views.map((view, index) => (
          <Line key={view.viewId} view={view} onUp={index > 0 ? () => move(view, -1) : undefined} onDown={index < views.length - 1 ? () => move(view, 1) : undefined} />
        ))}
      </ul>
    </Dialog>
  );
}

type LineProps = { view: SavedView; onUp: (() => void) | undefined; onDown: (() => void) | undefined };

function Line({ view, onUp, onDown }: LineProps) {
  const me = useMe().employee;
  const owner = useEmployees().get(view.ownerEmployeeId)?.name ?? "";
  const [name, setName] = useState(view.name);
  const [deleting, setDeleting] = useState(false);
  const own = view.ownerEmployeeId === me?.employeeId;
  const may = own || (view.shared && isAdministrator(me));
  const rename = (): void => {
    if (name.trim() && name.trim() !== view.name) void changeView(view, { name: name.trim() });
    else setName(view.name);
  };
  return (
    <li className={css.view} aria-label={view.name}>
      <input
        className={css.name}
        aria-label={t("views.name")}
        value={name}
        maxLength={100}
        readOnly={!may}
        onChange={(event) => setName(event.target.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === "Enter") rename();
        }}
      />
      <label className={css.share}>
        <input type="checkbox" checked={view.shared} disabled={!may || !(isHead(me) || isAdministrator(me))} onChange={(event) => void changeView(view, { shared: event.target.checked })} />
        <span>{own ? t("views.shareShort") : t("views.sharedBy", { name: owner })}</span>
      </label>
      {may && (
        <span className={css.buttons}>
          <IconButton small label={t("views.up")} disabled={!onUp} onClick={onUp}>
            <IconArrowUp size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton small label={t("views.down")} disabled={!onDown} onClick={onDown}>
            <IconArrowDown size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          {deleting ? (
            <Button size="compact-sm" color="red" autoFocus onClick={() => void removeView(view)} onBlur={() => setDeleting(false)}>
              {t("views.delete")}
            </Button>
          ) : (
            <IconButton small label={t("views.delete")} onClick={() => setDeleting(true)}>
              <IconTrash size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </span>
      )}
    </li>
  );
}
