import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Contact, ContactSchema, ContactState } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { isDay } from "../checks.ts";
import { addressErrors, type Errors, isWritten, trimmed } from "../form.ts";

const NAMES = [
  "surname", "givenName", "patronymic", "positionId", "roleId", "state", "keyPerson", "businessOwner", "influences", "addresses", "sex", "birthday", "remindBirthday",
  "interests", "linkedFrom", "linkedUntil", "keyEvents", "unsubscribed", "customValues", "comment",
] as const satisfies readonly (keyof Contact)[];

export type ContactField = (typeof NAMES)[number];
export type ContactForm = Pick<Contact, ContactField>;
export const CONTACT_FIELDS: readonly ContactField[] = NAMES;

export function formOf(contact: Contact): ContactForm {
  const form = Object.fromEntries(NAMES.map((name) => [name, contact[name]])) as ContactForm;
  return { ...form, state: contact.state || ContactState.WORKS };
}

export function emptyForm(): ContactForm {
  return formOf(create(ContactSchema));
}

export function message(form: ContactForm): MessageInitShape<typeof ContactSchema> {
  return { ...trimmed(form), addresses: form.addresses.filter(isWritten).map(({ kind, value, isMain }) => ({ kind, value: value.trim(), isMain })), keyEvents: form.keyEvents.filter((event) => event.date !== "") };
}

/** What can be said before the server is asked; it checks the same. */
export function errorsOf(form: ContactForm): Errors<ContactField> {
  const named = form.surname.trim() || form.givenName.trim() || form.patronymic.trim();
  const backwards = form.linkedFrom && form.linkedUntil && form.linkedUntil < form.linkedFrom;
  return {
    ...(named ? {} : { surname: t("client.wrong.person") }),
    ...(!form.birthday || isDay(form.birthday) ? {} : { birthday: t("client.wrong.day") }),
    ...(backwards ? { linkedUntil: t("contacts.wrong.until") } : {}),
    ...addressErrors(form.addresses),
    ...(form.keyEvents.every(({ date, kindId, comment }) => date || !(kindId || comment)) ? {} : { keyEvents: t("contacts.wrong.event") }),
  };
}
