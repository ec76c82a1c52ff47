import { useId, useState } from "react";
import type { Department } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import clients from "../clients.module.css";
import { TextField } from "../fields/controls.tsx";
import { labelOf } from "../quality/labels.ts";
import type { Names } from "../useSay.ts";
import css from "./potential.module.css";
import { type Inherited, inherited, isBase, isWeight, type Own, ownOf, type PotentialForm, weightKey, withWeight } from "./rules.ts";
import { above } from "./units.ts";
import { valueName, valuesOf } from "./values.ts";

/** Longer lists of values are folded, not to bury the others. */
const LONG = 12;

type Props = {
  form: PotentialForm;
  departmentId: string;
  departments: ReadonlyMap<string, Department>;
  names: Names;
  unitName: (departmentId: string) => string;
  tried: boolean;
  onChange: (own: Own) => void;
};

/** What one department has of its own, and what counts where it has nothing. */
export function Weights({ form, departmentId, departments, names, unitName, tried, onChange }: Props) {
  const own = ownOf(form, departmentId);
  const from = above(departments, departmentId);
  const taken = (found: Inherited | undefined): string | undefined => found && t("potential.inherited", { value: found.text, from: unitName(found.from) });
  const base = taken(inherited(form, from, (one) => one.base));
  return (
    <>
      <TextField
        label={t("potential.base")}
        most={30}
        error={tried && !isBase(own.base) ? t("potential.wrong.amount") : undefined}
        hint={own.base.trim() ? t("potential.baseHint") : (base ?? t("potential.noBase"))}
        value={own.base}
        onChange={(typed) => onChange({ ...own, base: typed })}
      />
      {form.fields.length === 0 && <p className={clients.muted}>{t("potential.noFields")}</p>}
      {form.fields.map((field) => (
        <FieldWeights key={field} field={field} own={own} names={names} tried={tried} taken={(key) => inherited(form, from, (one) => one.weights[key])} say={taken} onChange={onChange} />
      ))}
    </>
  );
}

type FieldProps = { field: string; own: Own; names: Names; tried: boolean; taken: (key: string) => Inherited | undefined; say: (found: Inherited | undefined) => string | undefined; onChange: (own: Own) => void };

function FieldWeights({ field, own, names, tried, taken, say, onChange }: FieldProps) {
  const offered = valuesOf(field, names);
  // What is archived by now keeps its weight.
  const kept = Object.keys(own.weights).flatMap((key) => (key.startsWith(`${field} `) ? [key.slice(field.length + 1)] : [])).filter((value) => !offered.includes(value));
  const values = [...offered, ...kept];
  const [open, setOpen] = useState(values.length <= LONG);
  const name = labelOf(field, names.fields);
  const n = values.filter((value) => own.weights[weightKey(field, value)]).length;
  const wrong = tried && values.some((value) => !isWeight(own.weights[weightKey(field, value)] ?? ""));
  return (
    <details className={css.details} open={open || wrong} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("potential.setOf", { name, n, all: values.length })}</summary>
      {values.length === 0 && <p className={clients.muted}>{t("potential.noValues")}</p>}
      <ul className={css.weights} aria-label={name}>
        {values.map((value) => {
          const key = weightKey(field, value);
          const text = own.weights[key] ?? "";
          const found = taken(key);
          return <Weight key={key} mark={key} label={valueName(field, value, names)} field={name} text={text} inherits={found?.text ?? "1"} hint={text.trim() ? undefined : say(found)} wrong={tried && !isWeight(text)} onChange={(typed) => onChange(withWeight(own, key, typed))} />;
        })}
      </ul>
    </details>
  );
}

type WeightProps = { mark: string; label: string; field: string; text: string; inherits: string; hint: string | undefined; wrong: boolean; onChange: (text: string) => void };

function Weight({ mark, label, field, text, inherits, hint, wrong, onChange }: WeightProps) {
  const id = useId();
  const said = wrong ? t("potential.wrong.weight") : hint;
  return (
    <li className={css.weight}>
      <span>
        {label}
        {said && (
          <small id={id} data-wrong={wrong || undefined}>
            {said}
          </small>
        )}
      </span>
      <input data-weight={mark} inputMode="decimal" maxLength={12} autoComplete="off" aria-label={t("potential.weightOf", { field, value: label })} aria-describedby={said ? id : undefined} aria-invalid={wrong || undefined} placeholder={inherits} value={text} onChange={({ target }) => onChange(target.value)} />
    </li>
  );
}

/** Leads to the weight of a value, unfolding what hides it. */
export function focusWeight(within: HTMLElement | null, field: string, value: string): void {
  const found = within?.querySelector<HTMLInputElement>(`[data-weight="${CSS.escape(weightKey(field, value))}"]`);
  const folded = found?.closest("details");
  if (folded) folded.open = true;
  found?.focus();
  found?.scrollIntoView({ block: "center" });
}
