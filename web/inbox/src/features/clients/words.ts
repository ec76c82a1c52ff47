import { AddressKind, ClientRelation, Importance, Sex, Solvency, WorkStatus } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { ContactInfluence, ContactState } from "../../gen/okno/crm/v1/contact_service_pb.ts";
import { FieldReference, FieldType } from "../../gen/okno/crm/v1/field_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import type { Tone } from "../../ui/Chip.tsx";

/** A value and what it is called, in the order in which it is offered. */
export type Choice<T extends number = number> = readonly [value: T, label: Key];

export const IMPORTANCES: readonly Choice<Importance>[] = [
  [Importance.ORDINARY, "clients.importance.ordinary"],
  [Importance.REGIONAL, "clients.importance.regional"],
  [Importance.FEDERAL, "clients.importance.federal"],
  [Importance.SPECIAL, "clients.importance.special"],
];
export const STATUSES: readonly Choice<WorkStatus>[] = [
  [WorkStatus.WORKING, "clients.status.working"],
  [WorkStatus.NOT_WORKING, "clients.status.notWorking"],
  [WorkStatus.LOST, "clients.status.lost"],
];
export const SOLVENCIES: readonly Choice<Solvency>[] = [
  [Solvency.LOW, "clients.solvency.low"],
  [Solvency.MEDIUM, "clients.solvency.medium"],
  [Solvency.HIGH, "clients.solvency.high"],
];
export const RELATIONS: readonly Choice<ClientRelation>[] = [
  [ClientRelation.BUYER, "clients.relation.buyer"],
  [ClientRelation.SUPPLIER, "clients.relation.supplier"],
  [ClientRelation.COMPETITOR, "clients.relation.competitor"],
  [ClientRelation.STATE_BODY, "clients.relation.stateBody"],
  [ClientRelation.DISTRIBUTORS_CLIENT, "clients.relation.distributors"],
  [ClientRelation.OTHER, "clients.relation.other"],
];
export const SEXES: readonly Choice<Sex>[] = [
  [Sex.FEMALE, "clients.sex.female"],
  [Sex.MALE, "clients.sex.male"],
];
export const ADDRESS_KINDS: readonly Choice<AddressKind>[] = [
  [AddressKind.PHONE, "clients.address.phone"],
  [AddressKind.EMAIL, "clients.address.email"],
  [AddressKind.MESSENGER, "clients.address.messenger"],
  [AddressKind.SITE, "clients.address.site"],
  [AddressKind.POSTAL, "clients.address.postal"],
];
export const CONTACT_STATES: readonly Choice<ContactState>[] = [
  [ContactState.WORKS, "contacts.state.works"],
  [ContactState.AWAY, "contacts.state.away"],
  [ContactState.LEFT, "contacts.state.left"],
];
export const INFLUENCES: readonly Choice<ContactInfluence>[] = [
  [ContactInfluence.CUSTOMER, "contacts.influence.customer"],
  [ContactInfluence.SPONSOR, "contacts.influence.sponsor"],
  [ContactInfluence.SUPPORTER, "contacts.influence.supporter"],
  [ContactInfluence.OPPONENT, "contacts.influence.opponent"],
  [ContactInfluence.COMMUNICATION, "contacts.influence.communication"],
  [ContactInfluence.OTHER, "contacts.influence.other"],
];

export const FIELD_TYPES: readonly Choice<FieldType>[] = [
  [FieldType.TEXT, "cards.type.text"],
  [FieldType.NUMBER, "cards.type.number"],
  [FieldType.DATE, "cards.type.date"],
  [FieldType.YES_NO, "cards.type.yesNo"],
  [FieldType.LIST, "cards.type.list"],
  [FieldType.REFERENCE, "cards.type.reference"],
];
export const REFERENCES: readonly Choice<FieldReference>[] = [
  [FieldReference.DIRECTORY, "directories.list"],
  [FieldReference.EMPLOYEE, "cards.reference.employee"],
  [FieldReference.CLIENT, "clients.name"],
];

/** What a value is called; empty for none, and for one that this page does not know yet. */
export function wordOf<T extends number>(choices: readonly Choice<T>[], value: T): string {
  const found = choices.find(([one]) => one === value);
  return found ? t(found[1]) : "";
}

export function toneOf(status: WorkStatus): Tone {
  return status === WorkStatus.WORKING ? "green" : status === WorkStatus.LOST ? "red" : "gray";
}
