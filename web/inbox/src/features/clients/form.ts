import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AddressKind, type BankAccount, type Client, type ClientAddress, type ClientExtra, ClientKind, ClientSchema } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import { type FieldErrors, trimmed } from "../../rpc/refusal.ts";
import { isDay, isInn, isOgrn } from "./checks.ts";

export { camelOf, fieldOf, pathOf, trimmed } from "../../rpc/refusal.ts";

/** What a person may write on a card; the rest is the server's. */
const NAMES = [
  "kind", "name", "workingName", "surname", "givenName", "patronymic", "sex", "birthday", "remindBirthday", "responsibleEmployeeId", "workStatus", "importance",
  "solvency", "relations", "addresses", "inn", "kpp", "ogrn", "okpo", "registeredOn", "bankAccounts", "industryId", "moreIndustries", "segmentId", "headcountId",
  "workplacesId", "regionId", "holdingId", "founder", "takesSurveys", "unsubscribed", "tagIds", "accessLevelIds", "customValues", "extras", "comment",
] as const satisfies readonly (keyof Client)[];

export type ClientField = (typeof NAMES)[number];
export type ClientForm = Pick<Client, ClientField>;
export type Errors<F extends string = ClientField> = FieldErrors<F>;

/** Addresses that a dialog brought are not typed here and leave with it. */
export function formOf(client: Client): ClientForm {
  const form = Object.fromEntries(NAMES.map((name) => [name, client[name]])) as ClientForm;
  return { ...form, addresses: client.addresses.filter((address) => !address.contactPointId) };
}

export function emptyForm(kind: ClientKind, responsibleEmployeeId: string): ClientForm {
  return formOf(create(ClientSchema, { kind, responsibleEmployeeId }));
}

/** As it goes: trimmed, without rows in which nothing was written. */
export function message(form: ClientForm): MessageInitShape<typeof ClientSchema> {
  return {
    ...trimmed(form),
    addresses: form.addresses.filter(isWritten).map(({ kind, value, isMain }) => ({ kind, value: value.trim(), isMain })),
    bankAccounts: form.bankAccounts.filter((account) => account.number || account.bic || account.bankName),
    extras: form.extras.filter((extra) => extra.name.trim() || extra.value.trim()),
    moreIndustries: form.moreIndustries.filter((industry) => industry.industryId),
  };
}

export function isWritten({ value }: Pick<ClientAddress, "value">): boolean {
  return value.trim() !== "";
}

export const CLIENT_FIELDS: readonly ClientField[] = NAMES;

/** How people call a field. */
export function fieldName(field: string): string {
  return t(`client.field.${field}` as Key);
}

/** What can be said before the server is asked; it checks the same. */
export function errorsOf(form: ClientForm): Errors {
  const company = form.kind === ClientKind.COMPANY;
  const named = form.name.trim() || (!company && (form.surname.trim() || form.givenName.trim() || form.patronymic.trim()));
  const inn = form.inn.trim();
  const innFits = !inn || (isInn(inn) && (!company || inn.length === 10) && (company || inn.length === 12));
  return {
    ...(named ? {} : { name: t(company ? "form.required" : "client.wrong.person") }),
    ...(innFits ? {} : { inn: t(company ? "client.wrong.inn" : "client.wrong.personInn") }),
    ...(!form.ogrn.trim() || isOgrn(form.ogrn.trim()) ? {} : { ogrn: t("client.wrong.ogrn") }),
    ...(!form.kpp.trim() || /^\d{4}[\dA-Z]{2}\d{3}$/u.test(form.kpp.trim()) ? {} : { kpp: t("client.wrong.kpp") }),
    ...(!form.okpo.trim() || /^(?:\d{8}|\d{10})$/u.test(form.okpo.trim()) ? {} : { okpo: t("client.wrong.okpo") }),
    ...(!form.birthday || isDay(form.birthday) ? {} : { birthday: t("client.wrong.day") }),
    ...(!form.registeredOn || isDay(form.registeredOn) ? {} : { registeredOn: t("client.wrong.day") }),
    ...addressErrors(form.addresses),
    ...(form.bankAccounts.every(isAccount) ? {} : { bankAccounts: t("client.wrong.account") }),
    ...(form.extras.every(isSpan) ? {} : { extras: t("client.wrong.extra") }),
  };
}

export function addressErrors(addresses: readonly ClientAddress[]): { addresses?: string } {
  for (const { kind, value } of addresses.filter(isWritten)) {
    if (kind === AddressKind.EMAIL && !/^\S+@\S+\.\S+$/u.test(value.trim())) return { addresses: t("client.wrong.email", { value: value.trim() }) };
    if (kind === AddressKind.PHONE && value.replaceAll(/\D/gu, "").length < 5) return { addresses: t("client.wrong.phone", { value: value.trim() }) };
  }
  return {};
}

function isAccount({ number, bic, correspondentNumber, bankName }: BankAccount): boolean {
  if (!number && !bic && !bankName) return true;
  return /^\d{20}$/u.test(number) && /^\d{9}$/u.test(bic) && (!correspondentNumber || /^\d{20}$/u.test(correspondentNumber));
}

function isSpan({ name, value, startsOn, endsOn }: ClientExtra): boolean {
  if (!name.trim() && !value.trim()) return true;
  return name.trim() !== "" && (!startsOn || !endsOn || startsOn <= endsOn);
}
