import type { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { type Common, SelectField } from "../../../ui/form/fields.tsx";
import { PickButton } from "../../../ui/form/PickButton.tsx";
import { useDirectories } from "../queries.ts";
import type { Choice } from "../words.ts";

export { DateField, Flag, Rows, SelectField, TextField } from "../../../ui/form/fields.tsx";

// Beside the fields of any form: those that know what cards hold.

/** One of an enum; 0 is "not said". */
export function ChoiceField<T extends number>({ label, error, value, choices, onChange }: Common & { value: T; choices: readonly Choice<T>[]; onChange: (value: T) => void }) {
  return <SelectField label={label} error={error} value={value ? String(value) : ""} none="—" items={choices.map(([one, key]) => [String(one), t(key)])} onChange={(chosen) => onChange(Number(chosen) as T)} />;
}

/** One of a short list. What is archived stays where it was chosen. */
export function EntryField({ kind, label, error, hint, value, onChange }: Common & { kind: DirectoryKind; value: string; onChange: (entryId: string) => void }) {
  const { of, name } = useDirectories();
  const offered = of(kind).map(({ entryId, name: text }) => [entryId, text] as const);
  const items = value && !offered.some(([id]) => id === value) ? [...offered, [value, name(value) || "…"] as const] : offered;
  return <SelectField label={label} error={error} hint={hint ?? (items.length === 0 ? t("clients.emptyDirectory") : undefined)} value={value} none="—" items={items} onChange={onChange} />;
}

const NOBODY = "nobody";

export function EmployeeField({ label, error, value, none, onChange }: Common & { value: string; none: string; onChange: (employeeId: string) => void }) {
  const employees = useEmployees();
  const byName = collator();
  return (
    <PickButton
      label={label}
      error={error}
      value={employees.get(value)?.name ?? ""}
      placeholder={none}
      items={() => [
        { id: NOBODY, name: none },
        ...[...employees.values()]
          .filter((employee) => !employee.dismissed)
          .sort((a, b) => byName.compare(a.name, b.name))
          .map((employee) => ({ id: employee.employeeId, name: employee.name, lead: <Avatar name={employee.name} size="sm" /> })),
      ]}
      onPick={(id) => onChange(id === NOBODY ? "" : id)}
    />
  );
}
