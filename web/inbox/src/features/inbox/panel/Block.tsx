import type { Key } from "../../../i18n/index.ts";
import { t } from "../../../i18n/index.ts";
import { read, write } from "../../../ui/stored.ts";
import css from "./CustomerPanel.module.css";

/** A part of the panel that folds, and stays as it was left in this browser. */
export function Block({ name, title, children }: { name: string; title: string; children: React.ReactNode }) {
  const stored = `okno.fold.${name}`;
  return (
    <details className={css.block} open={read(stored) !== "closed"} onToggle={(event) => write(stored, event.currentTarget.open ? undefined : "closed")}>
      <summary>{title}</summary>
      {children}
    </details>
  );
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
