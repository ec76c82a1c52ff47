import type { Import, ImportProblem, ImportRow } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { ImportOutcome, ImportReason, ImportRowKind, ImportState } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";

/** Where nothing is said, a row is a client. */
export function ofContacts({ rowKind }: { rowKind: ImportRowKind } = { rowKind: ImportRowKind.UNSPECIFIED }): boolean {
  return rowKind === ImportRowKind.CONTACT;
}

/** Custom fields by their ids: of clients and of contacts. */
export type OwnFields = readonly { fieldId: string; name: string }[];

/** Where the words of cards call a field otherwise than its target. */
const CARD: Readonly<Record<string, string>> = {
  responsible: "responsibleEmployeeId",
  access_levels: "accessLevelIds",
  tags: "tagIds",
  industry: "industryId",
  segment: "segmentId",
  headcount: "headcountId",
  workplaces: "workplacesId",
  region: "regionId",
  holding: "holdingId",
  position: "positionId",
  role: "roleId",
};

const OWN = "custom_values:";
const CONTACT = "contact.";

/** What a target is called; of a contact's with or without saying so. */
export function targetName(target: string, fields: OwnFields, bare = false): string {
  const contact = target.startsWith(CONTACT);
  const name = contact ? target.slice(CONTACT.length) : target;
  const word = nameOf(name, contact, fields);
  return contact && !bare ? t("imports.ofContact", { field: word }) : word;
}

function nameOf(name: string, contact: boolean, fields: OwnFields): string {
  if (name.startsWith(OWN)) return fields.find(({ fieldId }) => fieldId === name.slice(OWN.length))?.name ?? "…";
  if (name.startsWith("addresses:")) return t(`imports.address.${name.slice("addresses:".length)}` as Key);
  if (contact && name === "name") return t("imports.contactName");
  return t(`client.field.${CARD[name] ?? name.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase())}` as Key);
}

export type Group = "client" | "contact" | "own";

export function groupOf(target: string): Group {
  return target.includes(OWN) ? "own" : target.startsWith(CONTACT) ? "contact" : "client";
}

/** Whether several columns may fill it: addresses, and what is a list. */
export function takesMany(target: string): boolean {
  return /^(?:contact\.)?addresses:|^(?:tags|relations|access_levels)$/u.test(target);
}

const SAME: ReadonlySet<ImportReason> = new Set([ImportReason.SAME_CLIENT, ImportReason.SAME_CONTACT, ImportReason.SAME_ROW]);

/** What is wrong with a row, or whom it repeats: a line for each thing. */
export function problemLines(row: ImportRow, mapping: Import["mapping"], fields: OwnFields): string[] {
  const people = ofContacts(mapping);
  const same = row.problems.filter(({ reason }) => SAME.has(reason));
  const what = same.map(({ field }) => t(people && field === "name" ? "imports.people.rule.name" : (`imports.rule.${field}` as Key))).join(", ");
  const others = row.problems.filter((problem) => !same.includes(problem)).map((problem) => line(problem, row, mapping, fields));
  if (same.length === 0) return others;
  const first = row.otherRowNumber > 0n ? t("imports.reason.row", { n: String(row.otherRowNumber), what }) : t(people ? "imports.people.same" : "imports.reason.same", { what });
  return [first, ...others];
}

function line({ field, reason, value }: ImportProblem, row: ImportRow, mapping: Import["mapping"], fields: OwnFields): string {
  switch (reason) {
    case ImportReason.OUT_OF_SIGHT:
      return t("imports.reason.outOfSight");
    case ImportReason.ARCHIVED:
      return t(ofContacts(mapping) ? "imports.people.archived" : "imports.reason.archived");
    case ImportReason.UNSURE:
      return t(ofContacts(mapping) ? "imports.people.unsure" : "imports.reason.unsure");
    case ImportReason.NO_CLIENT:
      return t("imports.people.noClient");
    case ImportReason.OTHER_CLIENT:
      return t("imports.people.otherClient");
    case ImportReason.CLIENT_OUT_OF_SIGHT:
      return t("imports.people.outOfSight", { value });
    case ImportReason.CLIENT_ARCHIVED:
      return t("imports.people.clientArchived", { value });
    case ImportReason.UNKNOWN:
      return t("imports.reason.unknown", { field: targetName(field, fields), value });
    case ImportReason.AMBIGUOUS:
      return t("imports.reason.ambiguous", { field: targetName(field, fields), value });
    default:
      return invalid(field, value || cellOf(field, row, mapping), fields);
  }
}

function invalid(field: string, value: string, fields: OwnFields): string {
  if (!field) return t("imports.reason.invalidRow");
  if ((field === "name" || field === "contact.name") && !value) return t("imports.reason.noName");
  const name = targetName(field, fields);
  return value ? t("imports.reason.invalid", { field: name, value }) : t("imports.reason.invalidField", { field: name });
}

/** What stands in the column of a target. */
function cellOf(target: string, row: ImportRow, mapping: Import["mapping"]): string {
  const columns = mapping?.columns.filter((one) => one.target === target) ?? [];
  return columns.map(({ column }) => row.cells[column] ?? "").filter(Boolean).join(", ");
}

/** How a row came out, in words. */
export function resultLines(row: ImportRow, { mapping, dryRun }: Pick<Import, "mapping" | "dryRun">, fields: OwnFields): string[] {
  if (row.outcome === ImportOutcome.MADE) return [t(dryRun ? "imports.wouldMake" : "imports.made")];
  if (row.outcome === ImportOutcome.UPDATED) return [t(dryRun ? "imports.wouldFill" : "imports.filled")];
  return problemLines(row, mapping, fields);
}

export function stateName({ state, dryRun }: Pick<Import, "state" | "dryRun">): string {
  return state === ImportState.DONE && dryRun ? t("imports.state.checked") : t(`imports.state.${state}` as Key);
}
