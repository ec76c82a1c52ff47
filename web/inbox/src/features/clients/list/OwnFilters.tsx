import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { type CustomField, FieldObject, FieldReference, FieldType } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { Field } from "../../../ui/Field.tsx";
import { useTyped } from "../../../ui/list/useTyped.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { ClientPick } from "../fields/ClientPick.tsx";
import { DateField, SelectField } from "../fields/controls.tsx";
import { kindOfType, MOST_OWN, type Own, type Test, withOwn } from "../own.ts";
import { useCustomFields } from "../queries.ts";
import { useNames } from "../useSay.ts";

type Props = { own: readonly Own[]; onOwn: (own: readonly Own[]) => void };

/** One fold for each field of one's own; all conditions hold together. */
export function OwnFilters({ own, onOwn }: Props) {
  useT();
  const fields = useCustomFields(FieldObject.CLIENT).filter((field) => !field.archived);
  return (
    <>
      {fields.map((field) => {
        const test = own.find(({ fieldId }) => fieldId === field.fieldId)?.test;
        const full = !test && own.length >= MOST_OWN;
        return (
          <details key={field.fieldId} className={sheet.facet} open={test !== undefined || undefined}>
            <summary>
              {field.name}
              {test && <span className={css.muted}> · 1</span>}
            </summary>
            {full ? <p className={css.muted}>{t("own.most", { n: MOST_OWN })}</p> : <Condition field={field} test={test} onTest={(next) => onOwn(withOwn(own, field.fieldId, next))} />}
          </details>
        );
      })}
    </>
  );
}

type ConditionProps = { field: CustomField; test: Test | undefined; onTest: (test: Test | undefined) => void };

const STATES = ["own", "filled", "empty"] as const;
type State = (typeof STATES)[number];

/** By its value, or whether there is one. */
function Condition({ field, test, onTest }: ConditionProps) {
  const state: State = test?.kind === "filled" ? (test.is ? "filled" : "empty") : "own";
  const choose = (next: string): void => onTest(next === "own" ? undefined : { kind: "filled", is: next === "filled" });
  return (
    <div className={css.fields}>
      <SelectField label={t("own.state", { name: field.name })} value={state} items={STATES.map((one) => [one, t(`own.state.${one}`)] as const)} onChange={choose} />
      {state === "own" && <ByValue field={field} test={test} onTest={onTest} />}
    </div>
  );
}

function ByValue({ field, test, onTest }: ConditionProps) {
  const names = useNames();
  const kind = kindOfType(field.type);
  const ids = test?.kind === "option" || test?.kind === "reference" ? test.ids : [];
  const choose = (chosen: readonly string[]): void => onTest(chosen.length > 0 && (kind === "option" || kind === "reference") ? { kind, ids: chosen } : undefined);
  switch (field.type) {
    case FieldType.NUMBER:
    case FieldType.DATE:
      return <Range field={field} test={test} onTest={onTest} />;
    case FieldType.YES_NO:
      return <SelectField label={field.name} value={test?.kind === "yes" ? String(test.is) : ""} none="—" items={[["true", t("clients.yes")], ["false", t("clients.no")]]} onChange={(value) => onTest(value ? { kind: "yes", is: value === "true" } : undefined)} />;
    case FieldType.LIST:
      return <Checks label={field.name} items={field.options.map(({ optionId, name }) => ({ id: optionId, name }))} chosen={ids} onChange={choose} />;
    case FieldType.REFERENCE:
      if (field.reference === FieldReference.CLIENT) return <ClientPick label={field.name} clientId={ids[0] ?? ""} onChange={(id) => choose(id ? [id] : [])} />;
      return <Checks label={field.name} items={field.reference === FieldReference.EMPLOYEE ? [...names.employees.values()].filter((one) => !one.dismissed).map((one) => ({ id: one.employeeId, name: one.name })) : names.directories.of(field.directoryKind || DirectoryKind.OTHER).map((entry) => ({ id: entry.entryId, name: entry.name }))} chosen={ids} onChange={choose} />;
    default:
      return <Part field={field} test={test} onTest={onTest} />;
  }
}

function Part({ test, onTest }: ConditionProps) {
  const [typed, setTyped] = useTyped(test?.kind === "part" ? test.text : "", (text) => onTest(text ? { kind: "part", text } : undefined));
  return <Field label={t("own.contains")}>{(props) => <input {...props} autoComplete="off" maxLength={200} value={typed} onChange={({ target }) => setTyped(target.value)} />}</Field>;
}

function Range({ field, test, onTest }: ConditionProps) {
  const kind = field.type === FieldType.DATE ? "date" : "number";
  const { from, to } = test?.kind === kind ? test : { from: "", to: "" };
  const set = (part: { from?: string; to?: string }): void => {
    const next = { kind, from, to, ...part } as const;
    onTest(next.from || next.to ? next : undefined);
  };
  return (
    <div className={css.pair}>
      {kind === "date" ? <DateField label={t("own.from")} value={from} onChange={(day) => set({ from: day })} /> : <Figure label={t("own.from")} value={from} onChange={(figure) => set({ from: figure })} />}
      {kind === "date" ? <DateField label={t("own.to")} value={to} onChange={(day) => set({ to: day })} /> : <Figure label={t("own.to")} value={to} onChange={(figure) => set({ to: figure })} />}
    </div>
  );
}

function Figure({ label, value, onChange }: { label: string; value: string; onChange: (figure: string) => void }) {
  const [typed, setTyped] = useTyped(value, (text) => {
    const figure = text.replaceAll(/\s/gu, "").replace(",", ".");
    if (figure === "" || /^-?\d+(?:\.\d+)?$/u.test(figure)) onChange(figure);
  });
  return <Field label={label}>{(props) => <input {...props} inputMode="decimal" autoComplete="off" maxLength={20} value={typed} onChange={({ target }) => setTyped(target.value)} />}</Field>;
}
