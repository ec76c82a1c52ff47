import { create } from "@bufbuild/protobuf";
import { AddressKind, type ClientAddress, ClientAddressSchema, ClientKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { collator } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Rows, SelectField, TextField } from "../../ui/form/fields.tsx";
import { PickButton } from "../../ui/form/PickButton.tsx";
import list from "../../ui/list/list.module.css";
import type { Errors, LeadForm } from "./form.ts";
import css from "./leads.module.css";
import { ADDRESS_KINDS, addressWord, KINDS } from "./words.ts";

export type FieldsProps = { form: LeadForm; errors: Errors; onChange: (part: Partial<LeadForm>) => void };

const CHANNELS = ["telegram", "whatsapp", "viber", "vk", "max", "email", "webchat", "call", "site", "custom"];

/** Channels by name; one that is new to the page is offered where it is chosen. */
export function useChannels(chosen: readonly string[]): (readonly [id: string, name: string])[] {
  return [...new Set([...CHANNELS, ...chosen])].filter(Boolean).map((id) => [id, channelTitle(id)] as const);
}

export function KindField({ form, onChange }: FieldsProps) {
  return (
    <fieldset className={css.kinds}>
      <legend>{t("leads.field.kind")}</legend>
      {KINDS.map(([kind, label]) => (
        <label key={kind} className={css.radio}>
          <input type="radio" name="kind" checked={(form.kind || ClientKind.PERSON) === kind} onChange={() => onChange({ kind })} /> {t(label)}
        </label>
      ))}
    </fieldset>
  );
}

/** Who it is: a company by its name, a person by the parts of theirs. */
export function NameFields({ form, errors, onChange }: FieldsProps) {
  if (form.kind === ClientKind.COMPANY) return <TextField label={t("leads.field.name")} error={errors.name} value={form.name} onChange={(name) => onChange({ name })} />;
  return (
    <>
      <div className={css.three}>
        <TextField label={t("leads.field.surname")} error={errors.surname ?? errors.name} most={100} value={form.surname} onChange={(surname) => onChange({ surname })} />
        <TextField label={t("leads.field.givenName")} error={errors.givenName} most={100} value={form.givenName} onChange={(givenName) => onChange({ givenName })} />
        <TextField label={t("leads.field.patronymic")} error={errors.patronymic} most={100} value={form.patronymic} onChange={(patronymic) => onChange({ patronymic })} />
      </div>
      <TextField label={t("leads.field.companyName")} error={errors.companyName} value={form.companyName} onChange={(companyName) => onChange({ companyName })} />
    </>
  );
}

export function FromFields({ form, errors, onChange }: FieldsProps) {
  return (
    <div className={css.pair}>
      <SelectField label={t("leads.field.channel")} error={errors.channel} value={form.channel} none="—" items={useChannels([form.channel])} onChange={(channel) => onChange({ channel })} />
      <TextField label={t("leads.field.source")} error={errors.source} most={200} value={form.source} onChange={(source) => onChange({ source })} />
    </div>
  );
}

const NOBODY = "nobody";

/** People to choose from, oneself first. */
export function usePeople(first = "") {
  const employees = useEmployees();
  const byName = collator();
  return [...employees.values()]
    .filter((employee) => !employee.dismissed)
    .sort((a, b) => Number(b.employeeId === first) - Number(a.employeeId === first) || byName.compare(a.name, b.name))
    .map((employee) => ({ id: employee.employeeId, name: employee.name, lead: <Avatar name={employee.name} size="sm" /> }));
}

export function ResponsibleField({ form, errors, onChange }: FieldsProps) {
  const employees = useEmployees();
  const people = usePeople();
  return (
    <PickButton
      label={t("leads.field.responsibleEmployeeId")}
      error={errors.responsibleEmployeeId}
      value={employees.get(form.responsibleEmployeeId)?.name ?? ""}
      placeholder={t("leads.nobody")}
      items={() => [{ id: NOBODY, name: t("leads.nobody") }, ...people]}
      onPick={(id) => onChange({ responsibleEmployeeId: id === NOBODY ? "" : id })}
    />
  );
}

const MOST = 50;

/** Phones, mail and the rest; of each kind at most one is the main one. */
export function AddressesField({ form: { addresses }, errors, onChange }: FieldsProps) {
  const set = (next: ClientAddress[]): void => onChange({ addresses: next });
  /** The mark moves: where it was it is no more. */
  const mark = (index: number, kind: AddressKind): void => set(addresses.map((one, at) => (one.kind === kind ? { ...one, isMain: at === index && !one.isMain } : one)));
  return (
    <Rows
      label={t("leads.field.addresses")}
      error={errors.addresses}
      items={addresses}
      most={MOST}
      add={t("leads.addAddress")}
      name={(address) => [addressWord(address.kind), address.value].filter(Boolean).join(" ")}
      blank={() => create(ClientAddressSchema, { kind: addresses.some(({ kind }) => kind === AddressKind.PHONE) ? AddressKind.EMAIL : AddressKind.PHONE })}
      onChange={set}
    >
      {(address, change, index) => (
        <>
          <select className={list.control} aria-label={t("leads.addressKind")} value={address.kind} onChange={(event) => change({ kind: Number(event.target.value), isMain: false })}>
            {ADDRESS_KINDS.map(([kind, label]) => (
              <option key={kind} value={kind}>
                {t(label)}
              </option>
            ))}
          </select>
          <input className={list.control} data-grow aria-label={t("leads.addressValue")} autoComplete="off" maxLength={500} value={address.value} onChange={(event) => change({ value: event.target.value })} />
          <label className={css.radio}>
            <input type="checkbox" checked={address.isMain} onChange={() => mark(index, address.kind)} /> {t("leads.mainAddress")}
          </label>
        </>
      )}
    </Rows>
  );
}
