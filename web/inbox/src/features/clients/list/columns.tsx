import { IconHandStop } from "@tabler/icons-react";
import { AddressKind, type Client, type ClientPotential } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Key } from "../../../i18n/index.ts";
import { t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Time } from "../../../ui/Time.tsx";
import { AddressLink } from "../AddressLink.tsx";
import css from "../clients.module.css";
import { amountText } from "../money.ts";
import type { Order } from "../query.ts";
import type { Names } from "../useSay.ts";
import { IMPORTANCES, RELATIONS, STATUSES, toneOf, wordOf } from "../words.ts";
import mark from "./mark.module.css";

export type Column = {
  label: Key;
  width: string;
  /** By what its head orders the list. */
  order?: Order;
  /** Numbers stand at the end. */
  end?: true;
  draw: (client: Client, names: Names, now: number, potential: ClientPotential | undefined) => React.ReactNode;
};

const address = (client: Client, kind: AddressKind): React.ReactNode => {
  const found = client.addresses.find((one) => one.kind === kind && one.isMain) ?? client.addresses.find((one) => one.kind === kind);
  return found && <AddressLink address={found} />;
};

function Potential({ potential: { amount, byHand } }: { potential: ClientPotential }) {
  return (
    <span title={byHand ? t("clients.potentialByHand") : undefined}>
      {amountText(amount)}
      {byHand && <IconHandStop size={14} stroke={1.75} role="img" aria-label={t("clients.potentialByHand")} className={mark.byHand} />}
    </span>
  );
}

/** What a list can show beside the name, in this order. */
export const COLUMNS = {
  phone: { label: "clients.address.phone", width: "160px", draw: (client) => address(client, AddressKind.PHONE) },
  email: { label: "clients.address.email", width: "minmax(140px, 1fr)", draw: (client) => address(client, AddressKind.EMAIL) },
  responsible: { label: "client.field.responsibleEmployeeId", width: "minmax(120px, 1fr)", draw: (client, { employees }) => employees.get(client.responsibleEmployeeId)?.name ?? (client.responsibleEmployeeId ? "…" : <span className={css.muted}>{t("clients.nobody")}</span>) },
  status: { label: "client.field.workStatus", width: "120px", draw: ({ workStatus }) => workStatus > 0 && <Chip tone={toneOf(workStatus)}>{wordOf(STATUSES, workStatus)}</Chip> },
  importance: { label: "client.field.importance", width: "170px", draw: ({ importance }) => wordOf(IMPORTANCES, importance) },
  relations: { label: "client.field.relations", width: "minmax(120px, 1fr)", draw: ({ relations }) => relations.map((relation) => wordOf(RELATIONS, relation)).join(", ") },
  tags: { label: "client.field.tagIds", width: "minmax(120px, 1fr)", draw: ({ tagIds }, { directories }) => tagIds.map((id) => directories.name(id)).filter(Boolean).join(", ") },
  industry: { label: "client.field.industryId", width: "minmax(120px, 1fr)", draw: ({ industryId }, { directories }) => directories.name(industryId) },
  segment: { label: "client.field.segmentId", width: "140px", draw: ({ segmentId }, { directories }) => directories.name(segmentId) },
  region: { label: "client.field.regionId", width: "150px", draw: ({ regionId }, { directories }) => directories.name(regionId) },
  holding: { label: "client.field.holdingId", width: "150px", draw: ({ holdingId }, { directories }) => directories.name(holdingId) },
  inn: { label: "client.field.inn", width: "120px", draw: ({ inn }) => inn },
  potential: { label: "clients.potential", width: "140px", order: "potential", end: true, draw: (_client, _names, _now, potential) => potential && <Potential potential={potential} /> },
  created: { label: "clients.createdAt", width: "100px", order: "created", draw: (client, _, now) => <Time at={millis(client.createdAt)} now={now} /> },
  updated: { label: "clients.updatedAt", width: "100px", order: "updated", draw: (client, _, now) => <Time at={millis(client.updatedAt)} now={now} /> },
} as const satisfies Record<string, Column>;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

const USUAL: readonly ColumnName[] = ["phone", "email", "responsible", "status", "tags", "updated"];

/** The chosen ones, always in the table's order. `none` is a choice as well. */
export function columnsOf(preference: string): readonly ColumnName[] {
  if (preference === "") return USUAL;
  const chosen = new Set(preference.split(","));
  return COLUMN_NAMES.filter((name) => chosen.has(name));
}

export function toPreference(columns: readonly ColumnName[]): string {
  return columns.join(",") || "none";
}
