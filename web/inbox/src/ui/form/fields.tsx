import { Button } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useId, useRef } from "react";
import { t } from "../../i18n/index.ts";
import { Field } from "../Field.tsx";
import { IconButton } from "../IconButton.tsx";
import css from "./form.module.css";

// What cards are filled in with. Each says its error at its field.

export type Common = { label: string; error?: string | undefined; hint?: React.ReactNode };

type TextProps = Common & { value: string; most?: number; rows?: number; digits?: boolean; onChange: (value: string) => void };

export function TextField({ label, error, hint, value, most = 300, rows, digits = false, onChange }: TextProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(props) =>
        rows ? (
          <textarea {...props} rows={rows} maxLength={most} value={value} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <input {...props} autoComplete="off" inputMode={digits ? "numeric" : undefined} maxLength={most} value={value} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}

export function DateField({ label, error, hint, value, onChange }: Common & { value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(props) => <input {...props} type="date" max="9999-12-31" value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

type SelectProps = Common & { value: string; items: readonly (readonly [id: string, name: string])[]; /** What stands for nothing; without it something must be chosen. */ none?: string; onChange: (value: string) => void };

export function SelectField({ label, error, hint, value, items, none, onChange }: SelectProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {items.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Flag({ label, hint, checked, onChange }: { label: string; hint?: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className={css.flag}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}

type RowsProps<T> = {
  label: string;
  /** The label stands above already, for who sees it. */
  bare?: boolean;
  error?: string | undefined;
  items: readonly T[];
  most: number;
  add: string;
  /** What a row is called for who cannot see it. */
  name: (item: T, index: number) => string;
  blank: () => T;
  onChange: (items: T[]) => void;
  children: (item: T, change: (part: Partial<T>) => void, index: number) => React.ReactNode;
};

/** Several of a kind, one below the other. */
export function Rows<T extends object>({ label, bare = false, error, items, most, add, name, blank, onChange, children }: RowsProps<T>) {
  const id = useId();
  const box = useRef<HTMLFieldSetElement>(null);
  const append = (): void => {
    onChange([...items, blank()]);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("[data-row]:last-of-type :is(input:not([type=checkbox]), textarea)")?.focus());
  };
  return (
    <fieldset ref={box} className={css.rows} data-bare={bare || undefined} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      {items.map((item, index) => (
        <div key={index} className={css.formRow} data-row role="group" aria-label={name(item, index)}>
          <div className={css.formRowFields}>{children(item, (part) => onChange(items.map((one, at) => (at === index ? { ...one, ...part } : one))), index)}</div>
          <IconButton label={t("form.removeRow", { name: name(item, index) })} onClick={() => onChange(items.filter((_, at) => at !== index))}>
            <IconX size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      {error && (
        <p id={id} className={css.wrong} role="alert">
          {error}
        </p>
      )}
      {items.length < most && (
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={append}>
          {add}
        </Button>
      )}
    </fieldset>
  );
}
