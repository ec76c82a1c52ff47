import { create } from "@bufbuild/protobuf";
import { type ContactState, KeyEventSchema } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import css from "../clients.module.css";
import { Addresses } from "../fields/Addresses.tsx";
import { ChoiceField, DateField, EntryField, Flag, Rows, SelectField, TextField } from "../fields/controls.tsx";
import { CustomFields } from "../fields/Custom.tsx";
import type { Errors } from "../form.ts";
import { useCustomFields } from "../queries.ts";
import { CONTACT_STATES, INFLUENCES, SEXES } from "../words.ts";
import type { ContactField, ContactForm } from "./form.ts";

type Props = { form: ContactForm; errors: Errors<ContactField>; onChange: (part: Partial<ContactForm>) => void };

/** A person of a client: what is needed most stands first, the rest is folded. */
export function ContactFields({ form, errors, onChange }: Props) {
  return (
    <div className={css.fields}>
      <div className={css.three}>
        <TextField label={t("client.field.surname")} error={errors.surname} most={100} value={form.surname} onChange={(surname) => onChange({ surname })} />
        <TextField label={t("client.field.givenName")} error={errors.givenName} most={100} value={form.givenName} onChange={(givenName) => onChange({ givenName })} />
        <TextField label={t("client.field.patronymic")} error={errors.patronymic} most={100} value={form.patronymic} onChange={(patronymic) => onChange({ patronymic })} />
      </div>
      <div className={css.pair}>
        <EntryField kind={DirectoryKind.POSITION} label={t("client.field.positionId")} error={errors.positionId} value={form.positionId} onChange={(positionId) => onChange({ positionId })} />
        <EntryField kind={DirectoryKind.CONTACT_ROLE} label={t("client.field.roleId")} error={errors.roleId} value={form.roleId} onChange={(roleId) => onChange({ roleId })} />
        <SelectField label={t("client.field.state")} error={errors.state} value={String(form.state)} items={CONTACT_STATES.map(([value, label]) => [String(value), t(label)])} onChange={(state) => onChange({ state: Number(state) as ContactState })} />
      </div>
      <Addresses addresses={form.addresses} error={errors.addresses} onChange={(addresses) => onChange({ addresses })} />
      <Flag label={t("client.field.keyPerson")} checked={form.keyPerson} onChange={(keyPerson) => onChange({ keyPerson })} />
      <Flag label={t("client.field.businessOwner")} checked={form.businessOwner} onChange={(businessOwner) => onChange({ businessOwner })} />
      <details className={css.details} open={Object.keys(errors).some((field) => LATER.has(field)) || undefined}>
        <summary>{t("clients.moreFields")}</summary>
        <Rest form={form} errors={errors} onChange={onChange} />
      </details>
    </div>
  );
}

/** What stands in the folded part: an error there opens it. */
const LATER: ReadonlySet<string> = new Set<ContactField>(["influences", "sex", "birthday", "interests", "linkedFrom", "linkedUntil", "keyEvents", "customValues", "comment"]);

function Rest({ form, errors, onChange }: Props) {
  const custom = useCustomFields(FieldObject.CONTACT);
  return (
    <div className={css.fields}>
      <Checks label={t("client.field.influences")} error={errors.influences} items={INFLUENCES.map(([value, label]) => ({ id: String(value), name: t(label) }))} chosen={form.influences.map(String)} onChange={(chosen) => onChange({ influences: chosen.map(Number) })} />
      <div className={css.pair}>
        <ChoiceField label={t("client.field.sex")} error={errors.sex} choices={SEXES} value={form.sex} onChange={(sex) => onChange({ sex })} />
        <DateField label={t("client.field.birthday")} error={errors.birthday} value={form.birthday} onChange={(birthday) => onChange({ birthday })} />
        <DateField label={t("client.field.linkedFrom")} error={errors.linkedFrom} value={form.linkedFrom} onChange={(linkedFrom) => onChange({ linkedFrom })} />
        <DateField label={t("client.field.linkedUntil")} error={errors.linkedUntil} value={form.linkedUntil} onChange={(linkedUntil) => onChange({ linkedUntil })} />
      </div>
      <Flag label={t("client.field.remindBirthday")} checked={form.remindBirthday} onChange={(remindBirthday) => onChange({ remindBirthday })} />
      <Flag label={t("client.field.unsubscribed")} hint={t("clients.unsubscribedHint")} checked={form.unsubscribed} onChange={(unsubscribed) => onChange({ unsubscribed })} />
      <Rows label={t("client.field.keyEvents")} error={errors.keyEvents} items={form.keyEvents} most={20} add={t("contacts.addEvent")} name={(event, index) => event.comment || t("contacts.eventN", { n: index + 1 })} blank={() => create(KeyEventSchema, { yearly: true })} onChange={(keyEvents) => onChange({ keyEvents })}>
        {(event, change) => (
          <>
            <EntryField kind={DirectoryKind.KEY_EVENT} label={t("contacts.event.kind")} value={event.kindId} onChange={(kindId) => change({ kindId })} />
            <DateField label={t("contacts.event.date")} value={event.date} onChange={(date) => change({ date })} />
            <TextField label={t("contacts.event.comment")} value={event.comment} onChange={(comment) => change({ comment })} />
            <Flag label={t("contacts.event.yearly")} checked={event.yearly} onChange={(yearly) => change({ yearly })} />
            <Flag label={t("contacts.event.remind")} checked={event.remind} onChange={(remind) => change({ remind })} />
            {event.remind && <TextField digits label={t("contacts.event.days")} most={3} value={String(event.remindDaysBefore)} onChange={(days) => change({ remindDaysBefore: Math.min(365, Number(days.replaceAll(/\D/gu, ""))) })} />}
          </>
        )}
      </Rows>
      <TextField label={t("client.field.interests")} error={errors.interests} rows={2} most={2_000} value={form.interests} onChange={(interests) => onChange({ interests })} />
      <CustomFields fields={custom} values={form.customValues} onChange={(customValues) => onChange({ customValues })} />
      <TextField label={t("client.field.comment")} error={errors.comment} rows={3} most={10_000} value={form.comment} onChange={(comment) => onChange({ comment })} />
    </div>
  );
}
