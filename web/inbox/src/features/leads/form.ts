import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AddressKind, type ClientAddress, ClientKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, LeadSchema } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { type Key, t } from "../../i18n/index.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { type FieldErrors, trimmed } from "../../rpc/refusal.ts";
import { useAccessLevels } from "./queries.ts";
import { addressWord, kindWord, stateWord } from "./words.ts";

/** What a person may write of a lead; the rest is the server's. */
export const LEAD_FIELDS = ["kind", "name", "companyName", "surname", "givenName", "patronymic", "addresses", "responsibleEmployeeId", "channel", "source", "comment", "unsubscribed", "accessLevelIds"] as const satisfies readonly (keyof Lead)[];

export type LeadField = (typeof LEAD_FIELDS)[number];
export type LeadForm = Pick<Lead, LeadField>;
export type Errors = FieldErrors<LeadField>;

/** Addresses that a dialog brought are not typed here and leave with it. */
export function formOf(lead: Lead): LeadForm {
  const form = Object.fromEntries(LEAD_FIELDS.map((name) => [name, lead[name]])) as LeadForm;
  return { ...form, addresses: lead.addresses.filter((address) => !address.contactPointId) };
}

export function emptyForm(responsibleEmployeeId: string): LeadForm {
  return formOf(create(LeadSchema, { kind: ClientKind.PERSON, responsibleEmployeeId }));
}

/** As it goes: trimmed, without rows in which nothing was written. */
export function message(form: LeadForm): MessageInitShape<typeof LeadSchema> {
  return { ...trimmed(form), addresses: form.addresses.filter(isWritten).map(({ kind, value, isMain }) => ({ kind, value: value.trim(), isMain })) };
}

function isWritten({ value }: Pick<ClientAddress, "value">): boolean {
  return value.trim() !== "";
}

export function fieldName(field: string): string {
  return t(`leads.field.${field}` as Key);
}

/** What can be said before the server is asked; it checks the same. `dialog`: one with a contact point may have no name. */
export function errorsOf(form: LeadForm, dialog = false): Errors {
  const company = form.kind === ClientKind.COMPANY;
  const named = dialog || form.name.trim() || (!company && (form.surname.trim() || form.givenName.trim() || form.patronymic.trim()));
  return { ...(named ? {} : { name: t(company ? "form.required" : "leads.wrong.person") }), ...addressErrors(form.addresses) };
}

function addressErrors(addresses: readonly ClientAddress[]): Errors {
  for (const { kind, value } of addresses.filter(isWritten)) {
    if (kind === AddressKind.EMAIL && !/^\S+@\S+\.\S+$/u.test(value.trim())) return { addresses: t("leads.wrong.email", { value: value.trim() }) };
    if (kind === AddressKind.PHONE && value.replaceAll(/\D/gu, "").length < 5) return { addresses: t("leads.wrong.phone", { value: value.trim() }) };
  }
  return {};
}

/** Values in words, of a form and of the history alike. */
export function useSay(): (field: string, value: unknown) => string {
  const employees = useEmployees();
  const levels = useAccessLevels();
  const say = (field: string, value: unknown): string => {
    if (value === "" || value === undefined || value === null) return "";
    if (Array.isArray(value)) return value.map((one) => say(field, one)).filter(Boolean).join(", ");
    if (field === "state") return stateWord(Number(value));
    if (field === "kind") return kindWord(Number(value));
    if (field === "channel") return channelTitle(String(value));
    if (field === "unsubscribed") return t(value === true || value === "true" ? "leads.yes" : "leads.no");
    if (field === "responsibleEmployeeId") return employees.get(String(value))?.name ?? "…";
    if (field === "accessLevelIds") return levels.find(({ accessLevelId }) => accessLevelId === value)?.name ?? "…";
    if (field === "addresses" && typeof value === "object") return `${addressWord((value as ClientAddress).kind)} ${(value as ClientAddress).display || (value as ClientAddress).value}`;
    return String(value);
  };
  return say;
}
