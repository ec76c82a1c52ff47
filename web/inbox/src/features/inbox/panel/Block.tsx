import { IconDots } from "@tabler/icons-react";
import type { Key } from "../../../i18n/index.ts";
import { t } from "../../../i18n/index.ts";
import { preference, setPreference } from "../../../rpc/preferences.ts";
import { announce } from "../../../ui/Announcer.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { read, write } from "../../../ui/stored.ts";
import css from "./CustomerPanel.module.css";
import { type BlockName, moved, orderOf } from "./order.ts";

/** A part of the panel that folds, and stays as it was left in this browser; its place is its reader's choice. */
export function Block({ name, title, children }: { name: BlockName; title: string; children: React.ReactNode }) {
  const stored = `okno.fold.${name}`;
  return (
    <section className={css.block} aria-label={title} data-block={name}>
      <details open={read(stored) !== "closed"} onToggle={(event) => write(stored, event.currentTarget.open ? undefined : "closed")}>
        <summary>{title}</summary>
        {children}
      </details>
      <span className={css.move}>
        <Menu label={t("panel.place", { block: title })} items={() => places(name, title)}>
          {(button) => (
            <IconButton small label={t("panel.place", { block: title })} {...button}>
              <IconDots size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      </span>
    </section>
  );
}

function places(name: BlockName, title: string): MenuItem[] {
  const order = orderOf(preference("panel_order"));
  const shown = order.filter((block) => document.querySelector(`[data-block="${block}"]`));
  const at = shown.indexOf(name);
  const to = (by: -1 | 1): void => {
    setPreference("panel_order", moved(order, shown, name, by).join(","));
    announce(t(by < 0 ? "panel.movedUp" : "panel.movedDown", { block: title }));
  };
  return [
    { kind: "action", label: t("panel.moveUp"), run: () => to(-1), ...(at === 0 ? { disabled: t("panel.isFirst") } : {}) },
    { kind: "action", label: t("panel.moveDown"), run: () => to(1), ...(at === shown.length - 1 ? { disabled: t("panel.isLast") } : {}) },
    { kind: "line" },
    { kind: "action", label: t("panel.usualOrder"), run: () => setPreference("panel_order", "") },
  ];
}

export type Line = { label: string; value: React.ReactNode };

export function line(label: Key, value: React.ReactNode): Line[] {
  return value ? [{ label: t(label), value }] : [];
}

export function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    <dl className={css.lines}>
      {lines.map(({ label, value }, index) => (
        <div key={`${index}${label}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
