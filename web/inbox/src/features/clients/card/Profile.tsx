import { useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { type Client, type ClientAddress, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { CustomValue } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { Section } from "../../../ui/Page.tsx";
import { Time } from "../../../ui/Time.tsx";
import { AddressLink } from "../AddressLink.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { day } from "../day.ts";
import { customText, isClientField, type Names, useNames, valueText } from "../useSay.ts";
import { ADDRESS_KINDS, wordOf } from "../words.ts";

type Line = readonly [label: string, value: React.ReactNode];

/** What is known of them, as far as it is: an empty field takes no room. */
export function Profile({ client }: { client: Client }) {
  const names = useNames();
  const said = (...fields: (keyof Client & string)[]): Line[] => fields.map((field) => [t(`client.field.${field}` as Key), valueText(field, client[field], names)] as const);
  return (
    <div className={css.column}>
      <Section title={t("clients.reach")}>
        {client.addresses.length === 0 ? <p className={css.muted}>{t("clients.noAddresses")}</p> : <Lines lines={client.addresses.map(addressLine)} />}
      </Section>
      <Facts title={t("clients.requisites")} lines={[...(client.workingName && client.workingName !== client.name ? said("name") : []), ...said("inn", "kpp", "ogrn", "okpo", "registeredOn", "sex", "birthday"), ...bankLines(client)]} />
      <Facts title={t("clients.portrait")} lines={[...said("industryId"), ...industryLines(client, names), ...said("segmentId", "regionId", "headcountId", "workplacesId", "holdingId", "solvency"), ...flags(client)]} />
      <Facts title={t("clients.custom")} lines={names.fields.filter((field) => client.customValues.some(({ fieldId }) => fieldId === field.fieldId)).map((field) => [field.name, <Custom key={field.fieldId} value={client.customValues.find(({ fieldId }) => fieldId === field.fieldId)!} names={names} />] as const)} />
      <Facts title={t("clients.more")} lines={[...extraLines(client), ...said("accessLevelIds"), [t("client.field.comment"), client.comment && <span className={sheet.prose}>{client.comment}</span>], ...stamps(client)]} />
    </div>
  );
}

function Facts({ title, lines }: { title: string; lines: readonly Line[] }) {
  const known = lines.filter(([, value]) => value !== "" && value !== undefined);
  if (known.length === 0) return null;
  return (
    <Section title={title}>
      <Lines lines={known} />
    </Section>
  );
}

function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    <dl className={css.lines}>
      {lines.map(([label, value], index) => (
        <div key={`${index} ${label}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function addressLine(address: ClientAddress): Line {
  const others = [address.isMain && t("clients.main"), address.contactPointId && t("clients.fromDialog")].filter(Boolean).join(", ");
  return [
    wordOf(ADDRESS_KINDS, address.kind) || t("clients.address.other"),
    <>
      <AddressLink address={address} />
      {others && <span className={css.muted}> · {others}</span>}
    </>,
  ];
}

function bankLines({ bankAccounts }: Client): Line[] {
  return bankAccounts.map((account) => [account.isMain ? t("clients.mainBankAccount") : t("clients.bankAccount"), [account.number, account.bankName, t("clients.bicIs", { bic: account.bic })].filter(Boolean).join(", ")] as const);
}

function industryLines({ moreIndustries }: Client, names: Names): Line[] {
  return moreIndustries.map((one) => [t("clients.alsoIndustry"), [names.named(one.industryId), names.named(one.responsibleEmployeeId)].filter(Boolean).join(" · ")] as const);
}

function flags(client: Client): Line[] {
  const set = (["founder", "takesSurveys"] as const).filter((flag) => client[flag]);
  return set.map((flag) => [t(`client.field.${flag}`), t("clients.yes")] as const);
}

function extraLines({ extras }: Client): Line[] {
  return extras.map((extra) => [extra.name, [extra.value, span(extra.startsOn, extra.endsOn)].filter(Boolean).join(" · ")] as const);
}

function span(from: string, until: string): string {
  if (from && until) return `${day(from)} – ${day(until)}`;
  return from ? t("clients.fromDay", { day: day(from) }) : until ? t("clients.untilDay", { day: day(until) }) : "";
}

function stamps(client: Client): Line[] {
  return [
    [t("clients.createdAt"), <Moment key="created" at={millis(client.createdAt)} />],
    [t("clients.updatedAt"), <Moment key="updated" at={millis(client.updatedAt)} />],
  ];
}

function Moment({ at }: { at: number }) {
  const now = useNow(60_000);
  return <Time at={at} now={now} />;
}

function Custom({ value, names }: { value: CustomValue; names: Names }) {
  const field = names.fields.find(({ fieldId }) => fieldId === value.fieldId);
  if (field && isClientField(field) && value.value.case === "referenceId") return <ClientName clientId={value.value.value} />;
  return customText(field, value, names);
}

function ClientName({ clientId }: { clientId: string }) {
  const { data } = useQuery(ClientService.method.getClient, { clientId });
  return (
    <Link className={css.link} to="/clients/$clientId" params={{ clientId }} search={{}}>
      {data?.client?.name ?? "…"}
    </Link>
  );
}

