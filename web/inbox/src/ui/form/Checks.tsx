import { useId } from "react";
import css from "./form.module.css";

export type CheckItem = { id: string; name: string; hint?: string | undefined; depth?: number };

type Props = {
  label: string;
  items: readonly CheckItem[];
  chosen: readonly string[];
  error?: string | undefined;
  disabled?: boolean;
  onChange: (chosen: string[]) => void;
};

/** Several of a few. The order of the items is the order of the answer. */
export function Checks({ label, items, chosen, error, disabled = false, onChange }: Props) {
  const id = useId();
  const toggle = (item: string): void => {
    const next = new Set(chosen);
    if (!next.delete(item)) next.add(item);
    onChange(items.map((one) => one.id).filter((one) => next.has(one)));
  };
  return (
    <fieldset className={css.checks} disabled={disabled} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      {items.map((item) => (
        <label key={item.id} className={css.check} style={{ marginInlineStart: `calc(${item.depth ?? 0} * var(--space-5))` }}>
          <input type="checkbox" checked={chosen.includes(item.id)} onChange={() => toggle(item.id)} />
          <span>
            {item.name}
            {item.hint && <small>{item.hint}</small>}
          </span>
        </label>
      ))}
      {error && (
        <p id={id} className={css.wrong} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
