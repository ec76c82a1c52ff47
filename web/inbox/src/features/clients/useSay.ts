import { create } from "@bufbuild/protobuf";
import { useMemo } from "react";
import { type BankAccount, type ClientAddress, type ClientExtra, ClientKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { type CustomField, type CustomValue, CustomValueSchema, FieldObject, FieldReference, FieldType } from "../../gen/okno/crm/v1/field_service_pb.ts";
import { day } from "./day.ts";
import { t } from "../../i18n/index.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { useAccessLevels, useCustomFields, useDirectories } from "./queries.ts";
import { ADDRESS_KINDS, type Choice, CONTACT_STATES, IMPORTANCES, INFLUENCES, RELATIONS, SEXES, SOLVENCIES, STATUSES, wordOf } from "./words.ts";

const CHOICES: Readonly<Record<string, readonly Choice[]>> = { sex: SEXES, importance: IMPORTANCES, workStatus: STATUSES, solvency: SOLVENCIES, relations: RELATIONS, state: CONTACT_STATES, influences: INFLUENCES };
const DAYS = new Set(["birthday", "registeredOn", "linkedFrom", "linkedUntil", "signedOn"]);

/** Names of everything that cards hold by its id. */
export function useNames() {
  const directories = useDirectories();
  const employees = useEmployees();
  const levels = useAccessLevels();
  const [ofClients, ofContacts] = [useCustomFields(FieldObject.CLIENT), useCustomFields(FieldObject.CONTACT)];
  return useMemo(() => {
    const named = (id: string): string => directories.name(id) || (employees.get(id)?.name ?? levels.find(({ accessLevelId }) => accessLevelId === id)?.name ?? "");
    return { directories, employees, levels, fields: [...ofClients, ...ofContacts], named };
  }, [directories, employees, levels, ofClients, ofContacts]);
}

export type Names = ReturnType<typeof useNames>;

/** A custom value in words. */
export function customText(field: CustomField | undefined, { value }: Pick<CustomValue, "value">, names: Pick<Names, "named">): string {
  switch (value.case) {
    case "yes":
      return t(value.value ? "clients.yes" : "clients.no");
    case "number":
      return value.value.toLocaleString(document.documentElement.lang);
    case "date":
      return day(value.value);
    case "optionId":
      return field?.options.find(({ optionId }) => optionId === value.value)?.name ?? "…";
    case "referenceId":
      return names.named(value.value) || "…";
    default:
      return value.value ?? "";
  }
}

/** A custom field that refers to clients: its names stand in no list that is loaded. */
export function isClientField(field: CustomField): boolean {
  return field.type === FieldType.REFERENCE && field.reference === FieldReference.CLIENT;
}

/** One value of a field in words, of a form or of the history alike. */
export function valueText(field: string, value: unknown, names: Names): string {
  if (value === "" || value === 0 || value === undefined || value === null) return "";
  if (typeof value === "boolean") return t(value ? "clients.yes" : "clients.no");
  if (Array.isArray(value)) return value.map((one) => valueText(field, one, names)).filter(Boolean).join(", ");
  const choices = CHOICES[field];
  if (choices) return wordOf(choices, Number(value)) || String(value);
  if (field === "kind") return t(Number(value) === ClientKind.PERSON ? "clients.person" : "clients.company");
  if (typeof value === "object") return partText(field, value, names);
  const text = String(value);
  if (DAYS.has(field)) return day(text);
  if (field.endsWith("Id") || field.endsWith("Ids") || field === "links") return names.named(text) || "…";
  return text === "true" || text === "false" ? t(text === "true" ? "clients.yes" : "clients.no") : text;
}

function partText(field: string, value: object, names: Names): string {
  if (field === "addresses") {
    const { kind, value: text, display } = value as ClientAddress;
    return `${wordOf(ADDRESS_KINDS, kind)} ${display || text}`;
  }
  if (field === "bankAccounts") return (value as BankAccount).number;
  if (field === "extras") return [(value as ClientExtra).name, (value as ClientExtra).value].filter(Boolean).join(": ");
  if (field === "moreIndustries") return names.named((value as { industryId: string }).industryId);
  if (field === "keyEvents") return day((value as { date: string }).date);
  if (field === "customValues") {
    const one = value as CustomValue;
    const custom = names.fields.find(({ fieldId }) => fieldId === one.fieldId);
    return `${custom?.name ?? "…"}: ${customText(custom, one, names)}`;
  }
  return "";
}

/** A custom value of the history, which holds texts, in words. */
export function customChange(field: CustomField | undefined, text: string, names: Names): string {
  if (!field) return text;
  const value: CustomValue["value"] =
    field.type === FieldType.YES_NO ? { case: "yes", value: text === "true" } : field.type === FieldType.DATE ? { case: "date", value: text } : field.type === FieldType.LIST ? { case: "optionId", value: text } : field.type === FieldType.REFERENCE ? { case: "referenceId", value: text } : { case: "text", value: text };
  return customText(field, create(CustomValueSchema, { value }), names);
}

/** A form's field in words, for when two have changed the same. */
export function useSay(): <T extends object>(field: keyof T & string, form: T) => string {
  const names = useNames();
  return (field, form) => valueText(field, form[field], names);
}
