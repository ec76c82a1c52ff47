import { isMessage } from "@bufbuild/protobuf";
import { type Client, ClientAddressSchema, ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { MergeChoice } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { camelOf } from "../form.ts";

// What clients that stand side by side have in common, and what somebody has to choose.

/** Fields of which the one that stays keeps one value. As the server has them: what is not here it decides by itself. */
const SINGLE = [
  "name", "kind", "working_name", "surname", "given_name", "patronymic", "responsible_employee_id", "inn", "kpp", "ogrn", "okpo", "registered_on", "sex", "birthday",
  "industry_id", "segment_id", "region_id", "holding_id", "headcount_id", "workplaces_id", "importance", "work_status", "solvency", "comment",
] as const;

/** Lists that are put together. */
const LISTS = ["addresses", "tag_ids", "relations", "more_industries", "bank_accounts", "extras", "access_level_ids"] as const;

/** Drawn by the server, they say nothing of the value itself. */
const DRAWN = new Set(["$typeName", "$unknown", "display", "isMain", "contactPointId", "key"]);

export const CUSTOM = "custom_values:";
export const PHOTO = "photo";

export type Line = {
  /** As the contract names it. */
  field: string;
  /** Several values live side by side: nobody has to choose. */
  list: boolean;
  /** Of each client, in their order; undefined: it has none. */
  values: readonly unknown[];
  differ: boolean;
};

/** Everything that any of them has; what differs first, in the order of the card. */
export function linesOf(clients: readonly Client[]): Line[] {
  const read = (client: Client, field: string): unknown => full(client[camelOf(field) as keyof Client]);
  const custom = [...new Set(clients.flatMap(({ customValues }) => customValues.map(({ fieldId }) => fieldId)))];
  const lines = [
    ...SINGLE.map((field) => line(field, false, clients.map((client) => read(client, field)))),
    ...custom.map((fieldId) => line(`${CUSTOM}${fieldId}`, false, clients.map(({ customValues }) => customValues.find((value) => value.fieldId === fieldId)))),
    // Two photos are two photos: nobody looked at what is on them.
    { ...line(PHOTO, false, clients.map(({ hasPhoto }) => full(hasPhoto))), differ: clients.filter(({ hasPhoto }) => hasPhoto).length > 1 },
    ...LISTS.map((field) => line(field, true, clients.map((client) => read(client, field)))),
  ].filter(({ values }) => values.some((value) => value !== undefined));
  return [...lines.filter(({ differ }) => differ), ...lines.filter(({ differ }) => !differ)];
}

function line(field: string, list: boolean, values: readonly unknown[]): Line {
  const told = new Set(values.filter((value) => value !== undefined).map(bare));
  // A list that one of them alone has joins nothing.
  return { field, list, values, differ: told.size > 1 };
}

function full(value: unknown): unknown {
  if (value === undefined || value === "" || value === 0 || value === false) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  return typeof value === "string" ? value.trim() || undefined : value;
}

function bare(value: unknown): string {
  if (Array.isArray(value)) return value.map(bare).sort().join("\n");
  // A phone is one however it was typed.
  if (isMessage(value, ClientAddressSchema) && value.key) return `${value.kind} ${value.key}`;
  return JSON.stringify(value, (name, part: unknown) => (DRAWN.has(name) ? undefined : part));
}

/** Whose value stays: what was chosen, else that of the one that stays, else of the first that has one. Its place, or -1. */
export function keptIn({ field, values }: Line, clients: readonly Client[], originalId: string, chosen: Readonly<Record<string, string>>): number {
  const at = (id: string | undefined): number => clients.findIndex(({ clientId }, index) => clientId === id && values[index] !== undefined);
  const wanted = at(chosen[field]);
  if (wanted >= 0) return wanted;
  const own = at(originalId);
  return own >= 0 ? own : values.findIndex((value) => value !== undefined);
}

type Choice = Pick<MergeChoice, "field" | "clientId">;

/** For every field that two of them have: nothing is left to be guessed, also where they differ in a blank that nobody sees. */
export function choicesOf(lines: readonly Line[], clients: readonly Client[], originalId: string, chosen: Readonly<Record<string, string>>): Choice[] {
  return lines.flatMap((one) => {
    const several = one.values.filter((value) => value !== undefined).length > 1;
    const clientId = several && !one.list ? clients[keptIn(one, clients, originalId, chosen)]?.clientId : undefined;
    return clientId ? [{ field: one.field, clientId }] : [];
  });
}

const FILLED: readonly (keyof Client)[] = ["inn", "ogrn", "comment", "responsibleEmployeeId", "industryId", "regionId", "workStatus", "birthday", "hasPhoto"];

/** The one that knows most stays unless said otherwise; of equals the oldest. */
export function likelyOriginal(clients: readonly Client[]): string {
  const weight = (client: Client): number => FILLED.filter((name) => full(client[name]) !== undefined).length + client.addresses.length + client.customValues.length + client.tagIds.length + (client.kind === ClientKind.COMPANY ? 0.5 : 0);
  const age = (client: Client): number => Number(client.createdAt?.seconds ?? 0n);
  const [first] = [...clients].filter(({ archivedAt }) => !archivedAt).sort((a, b) => weight(b) - weight(a) || age(a) - age(b));
  return first?.clientId ?? "";
}
