import { create } from "@bufbuild/protobuf";
import { AddressKind, type ClientAddress, ClientAddressSchema } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import css from "../clients.module.css";
import { ADDRESS_KINDS, wordOf } from "../words.ts";
import { Rows } from "./controls.tsx";

const MOST = 50;
const TYPES: Partial<Record<AddressKind, string>> = { [AddressKind.PHONE]: "tel", [AddressKind.EMAIL]: "email", [AddressKind.SITE]: "url" };

type Props = { bare?: boolean; addresses: readonly ClientAddress[]; error?: string | undefined; onChange: (addresses: ClientAddress[]) => void };

/** Phones, mail and the rest; of each kind at most one is the main one. */
export function Addresses({ bare = false, addresses, error, onChange }: Props) {
  /** The mark moves: where it was it is no more. */
  const mark = (index: number, kind: AddressKind): void => onChange(addresses.map((one, at) => (one.kind === kind ? { ...one, isMain: at === index && !one.isMain } : one)));
  return (
    <Rows
      bare={bare}
      label={t("client.field.addresses")}
      error={error}
      items={addresses}
      most={MOST}
      add={t("clients.addAddress")}
      name={(address) => [wordOf(ADDRESS_KINDS, address.kind), address.value].filter(Boolean).join(" ")}
      blank={() => create(ClientAddressSchema, { kind: addresses.some(({ kind }) => kind === AddressKind.PHONE) ? AddressKind.EMAIL : AddressKind.PHONE })}
      onChange={onChange}
    >
      {(address, change, index) => (
        <>
          <select className={css.control} aria-label={t("clients.addressKind")} value={address.kind} onChange={(event) => change({ kind: Number(event.target.value), isMain: false })}>
            {ADDRESS_KINDS.map(([kind, label]) => (
              <option key={kind} value={kind}>
                {t(label)}
              </option>
            ))}
          </select>
          <input className={css.control} data-grow aria-label={t("clients.addressValue")} type={TYPES[address.kind] === "url" ? "text" : TYPES[address.kind]} autoComplete="off" maxLength={500} placeholder={t(`clients.example.${address.kind}` as Key)} value={address.value} onChange={(event) => change({ value: event.target.value })} />
          <label className={css.mainMark}>
            <input type="checkbox" checked={address.isMain} onChange={() => mark(index, address.kind)} /> {t("clients.main")}
          </label>
        </>
      )}
    </Rows>
  );
}
