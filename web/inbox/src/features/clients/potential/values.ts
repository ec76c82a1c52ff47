import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { type CustomField, FieldType } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { camelOf } from "../form.ts";
import { customChange, type Names, valueText } from "../useSay.ts";
import { type Choice, IMPORTANCES, SOLVENCIES, STATUSES } from "../words.ts";

const CUSTOM = "custom_values:";
const CHOICES: Readonly<Record<string, readonly Choice[]>> = { importance: IMPORTANCES, work_status: STATUSES, solvency: SOLVENCIES };
const DIRECTORIES: Readonly<Record<string, DirectoryKind>> = {
  industry_id: DirectoryKind.INDUSTRY,
  segment_id: DirectoryKind.SEGMENT,
  headcount_id: DirectoryKind.HEADCOUNT,
  workplaces_id: DirectoryKind.WORKPLACES,
  region_id: DirectoryKind.REGION,
  holding_id: DirectoryKind.HOLDING,
};

function customOf(field: string, names: Names): CustomField | undefined {
  return field.startsWith(CUSTOM) ? names.fields.find(({ fieldId }) => fieldId === field.slice(CUSTOM.length)) : undefined;
}

/** The values of a field as the contract writes them, in the order in which cards offer them. */
export function valuesOf(field: string, names: Names): readonly string[] {
  const entries = (kind: DirectoryKind): string[] => names.directories.of(kind).map(({ entryId }) => entryId);
  if (field === "kind") return [ClientKind.COMPANY, ClientKind.PERSON].map(String);
  const choices = CHOICES[field];
  if (choices) return choices.map(([value]) => String(value));
  const kind = DIRECTORIES[field];
  if (kind) return entries(kind);
  const custom = customOf(field, names);
  if (custom?.type === FieldType.YES_NO) return ["true", "false"];
  if (custom?.type === FieldType.LIST) return custom.options.filter(({ archived }) => !archived).map(({ optionId }) => optionId);
  return custom?.type === FieldType.REFERENCE ? entries(custom.directoryKind) : [];
}

/** What a value is called; "…" for one that is not known any more. */
export function valueName(field: string, value: string, names: Names): string {
  const text = field.startsWith(CUSTOM) ? customChange(customOf(field, names), value, names) : valueText(camelOf(field), value, names);
  return text || "…";
}
