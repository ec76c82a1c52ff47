import { create } from "@bufbuild/protobuf";
import { BankAccountSchema, ClientExtraSchema, ClientIndustrySchema, ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { Section } from "../../../ui/Page.tsx";
import css from "../clients.module.css";
import { type ClientField, type ClientForm, type Errors, fieldName } from "../form.ts";
import { useAccessLevels, useCustomFields } from "../queries.ts";
import { IMPORTANCES, RELATIONS, SEXES, SOLVENCIES, STATUSES } from "../words.ts";
import { Addresses } from "./Addresses.tsx";
import { ChoiceField, DateField, EmployeeField, EntryField, Flag, Rows, TextField } from "./controls.tsx";
import { CustomFields } from "./Custom.tsx";
import { Tags } from "./Tags.tsx";

export type FieldsProps = { form: ClientForm; errors: Errors; onChange: (part: Partial<ClientForm>) => void };

/** Who it is, and how to reach them: all that a new card needs. */
export function MainFields({ form, errors, onChange }: FieldsProps) {
  const company = form.kind === ClientKind.COMPANY;
  return (
    <>
      <Section title={t("clients.general")}>
        <div className={css.fields}>
          {company ? (
            <TextField label={t("client.field.name")} error={errors.name} value={form.name} onChange={(name) => onChange({ name })} />
          ) : (
            <div className={css.three}>
              <TextField label={t("client.field.surname")} error={errors.surname ?? errors.name} most={100} value={form.surname} onChange={(surname) => onChange({ surname })} />
              <TextField label={t("client.field.givenName")} error={errors.givenName} most={100} value={form.givenName} onChange={(givenName) => onChange({ givenName })} />
              <TextField label={t("client.field.patronymic")} error={errors.patronymic} most={100} value={form.patronymic} onChange={(patronymic) => onChange({ patronymic })} />
            </div>
          )}
          {!company && <TextField label={t("client.field.name")} hint={t("clients.nameHint")} value={form.name} onChange={(name) => onChange({ name })} />}
          <TextField label={t("client.field.workingName")} hint={t("clients.workingNameHint")} error={errors.workingName} value={form.workingName} onChange={(workingName) => onChange({ workingName })} />
          <EmployeeField label={t("client.field.responsibleEmployeeId")} error={errors.responsibleEmployeeId} value={form.responsibleEmployeeId} none={t("clients.nobody")} onChange={(responsibleEmployeeId) => onChange({ responsibleEmployeeId })} />
        </div>
      </Section>
      <Section title={t("clients.reach")}>
        <Addresses bare addresses={form.addresses} error={errors.addresses} onChange={(addresses) => onChange({ addresses })} />
      </Section>
    </>
  );
}

/** Everything else of the card. */
export function MoreFields(props: FieldsProps) {
  const { form, errors, onChange } = props;
  const custom = useCustomFields(FieldObject.CLIENT);
  const company = form.kind === ClientKind.COMPANY;
  return (
    <>
      <Requisites {...props} company={company} />
      <Portrait {...props} />
      <Relations {...props} />
      {custom.length > 0 && (
        <Section title={t("clients.custom")}>
          <div className={css.fields}>
            <CustomFields fields={custom} values={form.customValues} onChange={(customValues) => onChange({ customValues })} />
            {errors.customValues && <p className={css.wrong}>{errors.customValues}</p>}
          </div>
        </Section>
      )}
      <Section title={t("clients.more")}>
        <Extras {...props} />
        <TextField label={t("client.field.comment")} error={errors.comment} rows={4} most={10_000} value={form.comment} onChange={(comment) => onChange({ comment })} />
      </Section>
    </>
  );
}

function Requisites({ form, errors, onChange, company }: FieldsProps & { company: boolean }) {
  return (
    <Section title={t("clients.requisites")}>
      <div className={css.fields}>
        <div className={css.pair}>
          <TextField digits label={t("client.field.inn")} error={errors.inn} most={12} value={form.inn} onChange={(inn) => onChange({ inn })} />
          {company && <TextField label={t("client.field.kpp")} error={errors.kpp} most={9} value={form.kpp} onChange={(kpp) => onChange({ kpp })} />}
          <TextField digits label={t(company ? "client.field.ogrn" : "clients.ogrnip")} error={errors.ogrn} most={15} value={form.ogrn} onChange={(ogrn) => onChange({ ogrn })} />
          <TextField digits label={t("client.field.okpo")} error={errors.okpo} most={10} value={form.okpo} onChange={(okpo) => onChange({ okpo })} />
          {company && <DateField label={t("client.field.registeredOn")} error={errors.registeredOn} value={form.registeredOn} onChange={(registeredOn) => onChange({ registeredOn })} />}
        </div>
        {!company && (
          <div className={css.pair}>
            <ChoiceField label={t("client.field.sex")} error={errors.sex} choices={SEXES} value={form.sex} onChange={(sex) => onChange({ sex })} />
            <DateField label={t("client.field.birthday")} error={errors.birthday} value={form.birthday} onChange={(birthday) => onChange({ birthday })} />
          </div>
        )}
        {!company && <Flag label={t("client.field.remindBirthday")} checked={form.remindBirthday} onChange={(remindBirthday) => onChange({ remindBirthday })} />}
        <BankAccounts form={form} errors={errors} onChange={onChange} />
      </div>
    </Section>
  );
}

function BankAccounts({ form, errors, onChange }: FieldsProps) {
  const { bankAccounts } = form;
  return (
    <Rows label={t("client.field.bankAccounts")} error={errors.bankAccounts} items={bankAccounts} most={20} add={t("clients.addBankAccount")} name={(account, index) => account.bankName || t("clients.bankAccountN", { n: index + 1 })} blank={() => create(BankAccountSchema, { isMain: bankAccounts.length === 0 })} onChange={(all) => onChange({ bankAccounts: all })}>
      {(account, change, index) => (
        <>
          <TextField digits label={t("clients.bank.number")} most={20} value={account.number} onChange={(number) => change({ number })} />
          <TextField digits label={t("clients.bank.bic")} most={9} value={account.bic} onChange={(bic) => change({ bic })} />
          <TextField label={t("clients.bank.name")} value={account.bankName} onChange={(bankName) => change({ bankName })} />
          <TextField digits label={t("clients.bank.correspondent")} most={20} value={account.correspondentNumber} onChange={(correspondentNumber) => change({ correspondentNumber })} />
          <Flag label={t("clients.main")} checked={account.isMain} onChange={(isMain) => onChange({ bankAccounts: bankAccounts.map((one, at) => ({ ...one, isMain: isMain && at === index })) })} />
        </>
      )}
    </Rows>
  );
}

const PORTRAIT = [
  ["industryId", DirectoryKind.INDUSTRY],
  ["segmentId", DirectoryKind.SEGMENT],
  ["regionId", DirectoryKind.REGION],
  ["headcountId", DirectoryKind.HEADCOUNT],
  ["workplacesId", DirectoryKind.WORKPLACES],
  ["holdingId", DirectoryKind.HOLDING],
] as const satisfies readonly (readonly [ClientField, DirectoryKind])[];

function Portrait({ form, errors, onChange }: FieldsProps) {
  return (
    <Section title={t("clients.portrait")}>
      <div className={css.fields}>
        <div className={css.pair}>
          {PORTRAIT.map(([field, kind]) => (
            <EntryField key={field} kind={kind} label={fieldName(field)} error={errors[field]} value={form[field]} onChange={(id) => onChange({ [field]: id })} />
          ))}
        </div>
        <Rows label={t("client.field.moreIndustries")} error={errors.moreIndustries} items={form.moreIndustries} most={20} add={t("clients.addIndustry")} name={(_, index) => t("clients.industryN", { n: index + 1 })} blank={() => create(ClientIndustrySchema)} onChange={(moreIndustries) => onChange({ moreIndustries })}>
          {(industry, change) => (
            <>
              <EntryField kind={DirectoryKind.INDUSTRY} label={t("client.field.industryId")} value={industry.industryId} onChange={(industryId) => change({ industryId })} />
              <EmployeeField label={t("client.field.responsibleEmployeeId")} value={industry.responsibleEmployeeId} none={t("clients.nobody")} onChange={(responsibleEmployeeId) => change({ responsibleEmployeeId })} />
            </>
          )}
        </Rows>
        <div className={css.pair}>
          <ChoiceField label={t("client.field.importance")} error={errors.importance} choices={IMPORTANCES} value={form.importance} onChange={(importance) => onChange({ importance })} />
          <ChoiceField label={t("client.field.workStatus")} error={errors.workStatus} choices={STATUSES} value={form.workStatus} onChange={(workStatus) => onChange({ workStatus })} />
          <ChoiceField label={t("client.field.solvency")} error={errors.solvency} choices={SOLVENCIES} value={form.solvency} onChange={(solvency) => onChange({ solvency })} />
        </div>
      </div>
    </Section>
  );
}

function Relations({ form, errors, onChange }: FieldsProps) {
  const levels = useAccessLevels().filter((level) => !level.archived || form.accessLevelIds.includes(level.accessLevelId));
  return (
    <Section title={t("clients.relations")}>
      <div className={css.fields}>
        <Checks label={t("client.field.relations")} error={errors.relations} items={RELATIONS.map(([value, label]) => ({ id: String(value), name: t(label) }))} chosen={form.relations.map(String)} onChange={(chosen) => onChange({ relations: chosen.map(Number) })} />
        <Tags tagIds={form.tagIds} error={errors.tagIds} onChange={(tagIds) => onChange({ tagIds })} />
        {levels.length > 0 && <Checks label={t("client.field.accessLevelIds")} error={errors.accessLevelIds} items={levels.map((level) => ({ id: level.accessLevelId, name: level.name }))} chosen={form.accessLevelIds} onChange={(accessLevelIds) => onChange({ accessLevelIds })} />}
        <Flag label={t("client.field.takesSurveys")} checked={form.takesSurveys} onChange={(takesSurveys) => onChange({ takesSurveys })} />
        <Flag label={t("client.field.founder")} checked={form.founder} onChange={(founder) => onChange({ founder })} />
        <Flag label={t("client.field.unsubscribed")} hint={t("clients.unsubscribedHint")} checked={form.unsubscribed} onChange={(unsubscribed) => onChange({ unsubscribed })} />
      </div>
    </Section>
  );
}

function Extras({ form, errors, onChange }: FieldsProps) {
  return (
    <Rows label={t("client.field.extras")} error={errors.extras} items={form.extras} most={50} add={t("clients.addExtra")} name={(extra, index) => extra.name || t("clients.extraN", { n: index + 1 })} blank={() => create(ClientExtraSchema)} onChange={(extras) => onChange({ extras })}>
      {(extra, change) => (
        <>
          <TextField label={t("clients.extra.name")} most={200} value={extra.name} onChange={(name) => change({ name })} />
          <TextField label={t("clients.extra.value")} most={1_000} value={extra.value} onChange={(value) => change({ value })} />
          <DateField label={t("clients.extra.from")} value={extra.startsOn} onChange={(startsOn) => change({ startsOn })} />
          <DateField label={t("clients.extra.until")} value={extra.endsOn} onChange={(endsOn) => change({ endsOn })} />
        </>
      )}
    </Rows>
  );
}
