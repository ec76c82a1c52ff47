import { create } from "@bufbuild/protobuf";
import { type CustomField, type CustomValue, CustomValueSchema, FieldReference, FieldType } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Field } from "../../../ui/Field.tsx";
import { isDay } from "../checks.ts";
import { ClientPick } from "./ClientPick.tsx";
import { DateField, EmployeeField, EntryField, SelectField, TextField } from "./controls.tsx";

type Value = CustomValue["value"];

type Props = { fields: readonly CustomField[]; values: readonly CustomValue[]; onChange: (values: CustomValue[]) => void };

/** The company's own fields, each in the way of its type. */
export function CustomFields({ fields, values, onChange }: Props) {
  const set = (fieldId: string, value: Value): void => {
    const others = values.filter((one) => one.fieldId !== fieldId);
    onChange(value.case === undefined ? others : [...others, create(CustomValueSchema, { fieldId, value })]);
  };
  return fields.map((field) => <One key={field.fieldId} field={field} value={values.find(({ fieldId }) => fieldId === field.fieldId)?.value ?? { case: undefined }} onChange={(value) => set(field.fieldId, value)} />);
}

const NONE: Value = { case: undefined };

function One({ field, value, onChange }: { field: CustomField; value: Value; onChange: (value: Value) => void }) {
  const { name: label } = field;
  switch (field.type) {
    case FieldType.TEXT:
      return <TextField label={label} most={2_000} value={value.case === "text" ? value.value : ""} onChange={(text) => onChange(text ? { case: "text", value: text } : NONE)} />;
    case FieldType.NUMBER:
      return <NumberField label={label} value={value.case === "number" ? value.value : undefined} onChange={(number) => onChange(number === undefined ? NONE : { case: "number", value: number })} />;
    case FieldType.DATE:
      return <DateField label={label} value={value.case === "date" ? value.value : ""} onChange={(date) => onChange(isDay(date) ? { case: "date", value: date } : NONE)} />;
    case FieldType.YES_NO:
      return (
        <SelectField label={label} value={value.case === "yes" ? String(value.value) : ""} none="—" items={[["true", t("clients.yes")], ["false", t("clients.no")]]} onChange={(chosen) => onChange(chosen ? { case: "yes", value: chosen === "true" } : NONE)} />
      );
    case FieldType.LIST: {
      const chosen = value.case === "optionId" ? value.value : "";
      return <SelectField label={label} value={chosen} none="—" items={field.options.filter((option) => !option.archived || option.optionId === chosen).map((option) => [option.optionId, option.name])} onChange={(id) => onChange(id ? { case: "optionId", value: id } : NONE)} />;
    }
    case FieldType.REFERENCE: {
      const id = value.case === "referenceId" ? value.value : "";
      const pick = (chosen: string): void => onChange(chosen ? { case: "referenceId", value: chosen } : NONE);
      if (field.reference === FieldReference.EMPLOYEE) return <EmployeeField label={label} value={id} none="—" onChange={pick} />;
      if (field.reference === FieldReference.CLIENT) return <ClientPick label={label} clientId={id} onChange={pick} />;
      return <EntryField label={label} kind={field.directoryKind} value={id} onChange={pick} />;
    }
    default:
      return null;
  }
}

function NumberField({ label, value, onChange }: { label: string; value: number | undefined; onChange: (value: number | undefined) => void }) {
  return (
    <Field label={label}>
      {(props) => (
        <input {...props} type="number" step="any" value={value ?? ""} onChange={({ target }) => onChange(target.value === "" || !Number.isFinite(target.valueAsNumber) ? undefined : target.valueAsNumber)} />
      )}
    </Field>
  );
}
