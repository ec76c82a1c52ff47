import { isMessage } from "@bufbuild/protobuf";
import { ClientAddressSchema, ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { MergeChoice } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { camelOf } from "../form.ts";
import { idOf, isContact, type Side } from "./of.ts";

// What clients or contacts that stand side by side have in common, and what somebody has to choose.

/** Fields of which the one that stays keeps one value. As the server has them: what is not here it decides by itself. */
const SINGLE = [
  "name", "kind", "working_name", "surname", "given_name", "patronymic", "responsible_employee_id", "inn", "kpp", "ogrn", "okpo", "registered_on", "sex", "birthday",
  "industry_id", "segment_id", "region_id", "holding_id", "headcount_id", "workplaces_id", "importance", "work_status", "solvency", "comment",
] as const;

const SINGLE_OF_CONTACTS = ["name", "position_id", "role_id", "state", "sex", "birthday", "linked_from", "interests", "comment"] as const;

/** Lists that are put together. */
const LISTS = ["addresses", "tag_ids", "relations", "more_industries", "bank_accounts", "extras", "access_level_ids"] as const;
const LISTS_OF_CONTACTS = ["addresses", "influences", "key_events"] as const;

/** Drawn by the server, they say nothing of the value itself. */
const DRAWN = new Set(["$typeName", "$unknown", "display", "isMain", "contactPointId", "key"]);

export const CUSTOM = "custom_values:";
export const PHOTO = "photo";

export type Line = {
  /** As the contract names it. */
  field: string;
  /** Several values live side by side: nobody has to choose. */
  list: boolean;
  /** Of each, in their order; undefined: it has none. */
  values: readonly unknown[];
  differ: boolean;
};

/** Everything that any of them has; what differs first, in the order of the card. */
export function linesOf(sides: readonly Side[]): Line[] {
  const people = sides.some(isContact);
  const read = (side: Side, field: string): unknown => full(side[camelOf(field) as keyof Side]);
  const custom = [...new Set(sides.flatMap(({ customValues }) => customValues.map(({ fieldId }) => fieldId)))];
  const hasPhoto = (side: Side): boolean => !isContact(side) && side.hasPhoto;
  const lines = [
    ...(people ? SINGLE_OF_CONTACTS : SINGLE).map((field) => line(field, false, sides.map((side) => read(side, field)))),
    ...custom.map((fieldId) => line(`${CUSTOM}${fieldId}`, false, sides.map(({ customValues }) => customValues.find((value) => value.fieldId === fieldId)))),
    // Two photos are two photos: nobody looked at what is on them.
    { ...line(PHOTO, false, sides.map((side) => full(hasPhoto(side)))), differ: sides.filter(hasPhoto).length > 1 },
    ...(people ? LISTS_OF_CONTACTS : LISTS).map((field) => line(field, true, sides.map((side) => read(side, field)))),
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
export function keptIn({ field, values }: Line, sides: readonly Side[], originalId: string, chosen: Readonly<Record<string, string>>): number {
  const at = (id: string | undefined): number => sides.findIndex((side, index) => idOf(side) === id && values[index] !== undefined);
  const wanted = at(chosen[field]);
  if (wanted >= 0) return wanted;
  const own = at(originalId);
  return own >= 0 ? own : values.findIndex((value) => value !== undefined);
}

type Choice = Partial<Pick<MergeChoice, "clientId" | "contactId">> & Pick<MergeChoice, "field">;

/** For every field that two of them have: nothing is left to be guessed, also where they differ in a blank that nobody sees. */
export function choicesOf(lines: readonly Line[], sides: readonly Side[], originalId: string, chosen: Readonly<Record<string, string>>): Choice[] {
  return lines.flatMap((one) => {
    const several = one.values.filter((value) => value !== undefined).length > 1;
    const side = several && !one.list ? sides[keptIn(one, sides, originalId, chosen)] : undefined;
    return side ? [{ field: one.field, ...(isContact(side) ? { contactId: side.contactId } : { clientId: side.clientId }) }] : [];
  });
}

const FILLED = ["inn", "ogrn", "comment", "responsibleEmployeeId", "industryId", "regionId", "workStatus", "birthday", "hasPhoto", "positionId", "roleId", "interests", "keyPerson"];

/** The one that knows most stays unless said otherwise; of equals the oldest. */
export function likelyOriginal(sides: readonly Side[]): string {
  const own = (side: Side): number => (isContact(side) ? side.keyEvents.length : side.tagIds.length + (side.kind === ClientKind.COMPANY ? 0.5 : 0));
  const weight = (side: Side): number => FILLED.filter((name) => full(side[name as keyof Side]) !== undefined).length + side.addresses.length + side.customValues.length + own(side);
  const age = (side: Side): number => Number(side.createdAt?.seconds ?? 0n);
  const [first] = [...sides].filter(({ archivedAt }) => !archivedAt).sort((a, b) => weight(b) - weight(a) || age(a) - age(b));
  return first ? idOf(first) : "";
}
