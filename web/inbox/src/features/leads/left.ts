import { create } from "@bufbuild/protobuf";
import { AddressKind, ClientAddressSchema } from "../../gen/okno/crm/v1/client_service_pb.ts";
import type { Lead, LeadForm as Form, LeadVisit, LeadVisitStep } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { useAct } from "./deeds.ts";
import { formOf, type LeadForm, message } from "./form.ts";
import { leads } from "./queries.ts";

/** Something that was typed into a form of the site. */
export type Left = { field: "name" | "phone" | "email"; value: string };

type Typed = Pick<LeadVisitStep, "leftName" | "leftPhone" | "leftEmail">;

/** What forms brought, the newest first: those of whom nobody knows, and those of visits. */
export function typedIn(forms: readonly Form[], visits: readonly LeadVisit[]): Typed[] {
  return [...forms, ...visits.flatMap((visit) => [...visit.steps].reverse())];
}

const digits = (text: string): string => text.replaceAll(/\D/gu, "");

/** Each once, the newest first, but for what the card says already. */
export function leftOf({ name, surname, givenName, patronymic, addresses }: Pick<Lead, "name" | "surname" | "givenName" | "patronymic" | "addresses">, typed: readonly Typed[]): Left[] {
  const names = [name, [surname, givenName, patronymic].filter(Boolean).join(" ")].map((text) => text.toLowerCase());
  const phones = addresses.filter(({ kind }) => kind === AddressKind.PHONE).map(({ key, value }) => digits(key || value));
  const emails = addresses.filter(({ kind }) => kind === AddressKind.EMAIL).map(({ value }) => value.toLowerCase());
  const known = ({ field, value }: Left): boolean => (field === "name" ? names.includes(value.toLowerCase()) : field === "phone" ? phones.includes(digits(value)) : emails.includes(value.toLowerCase()));
  const all = typed.flatMap(({ leftName, leftPhone, leftEmail }): Left[] => [
    { field: "name", value: leftName },
    { field: "phone", value: leftPhone },
    { field: "email", value: leftEmail },
  ]);
  const once = new Map(all.filter(({ value }) => value).map((one) => [`${one.field} ${one.value}`, one]));
  return [...once.values()].filter((one) => !known(one));
}

/** Adds what was left to the addresses of the lead, beside those that are there. */
export function useUpdateLead(lead: Lead): { busy: boolean; add: (kind: AddressKind, value: string) => void } {
  const { busy, act } = useAct();
  const add = (kind: AddressKind, value: string): void => {
    const form = formOf(lead);
    let { etag } = lead;
    const save = async (addresses: LeadForm["addresses"]): Promise<void> => {
      const answer = await leads.updateLead({ lead: { ...message({ ...form, addresses }), leadId: lead.leadId, etag }, updateMask: { paths: ["addresses"] } });
      etag = answer.lead?.etag ?? "";
    };
    act(() => save([...form.addresses, create(ClientAddressSchema, { kind, value })]), t("leads.left.added"), () => save(form.addresses));
  };
  return { busy, add };
}
