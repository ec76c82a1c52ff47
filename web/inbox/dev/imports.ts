import { create } from "@bufbuild/protobuf";
import { type Import, ImportFileProblem, type ImportMapping, ImportMappingSchema, type ImportRow } from "../src/gen/okno/crm/v1/import_service_pb.ts";
import type { World } from "./world.ts";

/** What the service remembers of one file. */
export type Kept = {
  import: Import;
  bytes: Buffer;
  /** Those that hold something, with their numbers in the file. */
  rows: { number: number; cells: string[] }[];
  results: Map<number, ImportRow>;
  cursor: number;
};

const ofWorld = new WeakMap<World, Map<string, Kept>>();

export function importsOf(world: World): Map<string, Kept> {
  const known = ofWorld.get(world) ?? new Map<string, Kept>();
  ofWorld.set(world, known);
  return known;
}

const OF_CLIENT = "name kind working_name surname given_name patronymic sex birthday inn kpp ogrn okpo registered_on comment importance work_status solvency relations unsubscribed takes_surveys founder industry segment headcount workplaces region holding tags responsible access_levels";
const OF_CONTACT = "name surname given_name patronymic sex birthday position role comment";
const KINDS = ["phone", "email", "site", "postal", "messenger"].map((kind) => `addresses:${kind}`);

export function targetsOf(world: World): string[] {
  const own = [...world.customFields.keys()].map((id) => `custom_values:${id}`);
  return [...OF_CLIENT.split(" "), ...KINDS, ...[...OF_CONTACT.split(" "), ...KINDS].map((name) => `contact.${name}`), ...own];
}

const HEADINGS: readonly [RegExp, string][] = [
  [/^контакт.*тел|^тел.*контакт/iu, "contact.addresses:phone"],
  [/контакт/iu, "contact.name"],
  [/назван|наименован|клиент/iu, "name"],
  [/инн/iu, "inn"],
  [/телефон/iu, "addresses:phone"],
  [/почта|mail/iu, "addresses:email"],
  [/метк|тег/iu, "tags"],
  [/ответственн/iu, "responsible"],
  [/комментар/iu, "comment"],
];

/** A guess by the first row. */
export function guessed(world: World, headings: readonly string[]): ImportMapping {
  const own = [...world.customFields.values()];
  const target = (heading: string): string | undefined => {
    const field = own.find(({ name }) => name.toLowerCase() === heading.toLowerCase());
    return field ? `custom_values:${field.fieldId}` : HEADINGS.find(([words]) => words.test(heading))?.[1];
  };
  const columns = headings.flatMap((heading, column) => (target(heading) ? [{ column, target: target(heading) ?? "" }] : []));
  return create(ImportMappingSchema, { heading: true, columns });
}

const CONTACT_HEADINGS: readonly [RegExp, string][] = [
  [/фио|контакт/iu, "contact.name"],
  [/компани|назван|клиент/iu, "name"],
  [/инн/iu, "inn"],
  [/телефон/iu, "contact.addresses:phone"],
  [/почта|mail/iu, "contact.addresses:email"],
  [/комментар/iu, "contact.comment"],
];

/** The same where rows are contacts. */
export function guessedContacts(headings: readonly string[]): ImportMapping["columns"] {
  const target = (heading: string): string | undefined => CONTACT_HEADINGS.find(([words]) => words.test(heading))?.[1];
  return create(ImportMappingSchema, { columns: headings.flatMap((heading, column) => (target(heading) ? [{ column, target: target(heading) ?? "" }] : [])) }).columns;
}

/** The rows of a text with semicolons or commas, or why there are none. Spreadsheets are the real service's. */
export function readRows(bytes: Buffer): Kept["rows"] | ImportFileProblem {
  if (bytes.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) return ImportFileProblem.OLD_FORMAT;
  if (bytes.subarray(0, 2).toString() === "PK") return ImportFileProblem.BROKEN;
  const text = bytes.toString("utf8").replace(/^\uFEFF/u, "");
  const rows: Kept["rows"] = [];
  text.split(/\r?\n/u).forEach((line, index) => {
    const cells = cellsOf(line);
    if (cells.some((cell) => cell.trim())) rows.push({ number: index + 1, cells });
  });
  return rows.length > 0 ? rows : ImportFileProblem.EMPTY;
}

function cellsOf(line: string): string[] {
  const cells = [...`;${line}`.matchAll(/;(?:"((?:[^"]|"")*)"|([^;]*))/gu)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "");
  return cells.map((cell) => cell.replace(/^'(?=[=+\-@])/u, ""));
}
