/** Whom a letter is for, as the list says. */
export type Person = { address: string; name: string; values: Readonly<Record<string, string>> };

export type Table = {
  people: Person[];
  /** What may stand in the template beside the name. */
  columns: string[];
  /** Numbers of lines without an address that can be written to. */
  bad: number[];
  doubles: number;
};

const SEPARATORS = [";", "\t", ","] as const;
const ADDRESS_HEAD = /^(?:e-?mail|почта|эл.*почта|email.*|адрес.*почты|адрес)$/iu;
const NAME_HEAD = /^(?:name|имя|фио|ф\.и\.о\.|контакт|клиент|full name|first name)$/iu;
const MOST_ADDRESS = 254;

/** An address as the server takes one, in small letters; empty: it is none. */
export function addressOf(text: string): string {
  const address = text.trim().toLowerCase();
  const fits = /^[^\s<>,;"@]+@[^\s<>,;"@]+\.[^\s<>,;"@]+$/u.test(address) && address.length <= MOST_ADDRESS;
  return fits ? address : "";
}

/** What was pasted, or stands in a file: one person a line, with or without a line of column heads. */
export function readTable(text: string): Table {
  const rows = cells(text);
  const none = { people: [], columns: [], bad: [], doubles: 0 };
  if (rows.length === 0) return none;
  const first = rows[0]?.cells ?? [];
  // A mistyped address is no head: it is told among the bad lines.
  const headed = !first.some((cell) => cell.includes("@")) && rows.length > 1;
  const width = Math.max(...rows.map((row) => row.cells.length));
  const body = headed ? rows.slice(1) : rows;
  const at = addressColumn(headed ? first : [], body, width);
  const named = headed ? first.findIndex((head, column) => column !== at && NAME_HEAD.test(head.trim())) : Array.from({ length: width }, (_, column) => column).findIndex((column) => column !== at);
  const heads = headsOf(headed ? first : [], width, at, named);
  const found = new Map<string, Person>();
  const bad: number[] = [];
  let doubles = 0;
  for (const row of body) {
    const address = addressOf(row.cells[at] ?? "");
    if (!address) bad.push(row.line);
    else if (found.has(address)) doubles += 1;
    else found.set(address, { address, name: (row.cells[named] ?? "").trim(), values: valuesOf(row.cells, heads) });
  }
  return { people: [...found.values()], columns: heads.filter(Boolean), bad, doubles };
}

/** The column whose head says so, else the one that holds most addresses. */
function addressColumn(heads: readonly string[], rows: readonly Row[], width: number): number {
  const said = heads.findIndex((head) => ADDRESS_HEAD.test(head.trim()));
  const counts = Array.from({ length: width }, (_, column) => rows.filter((row) => addressOf(row.cells[column] ?? "")).length);
  if (said >= 0 && (counts[said] ?? 0) > 0) return said;
  return counts.indexOf(Math.max(...counts));
}

/** What each column is called in the template; empty for the address and the name. */
function headsOf(heads: readonly string[], width: number, address: number, name: number): string[] {
  return Array.from({ length: width }, (_, column) => (column === address || column === name ? "" : (heads[column]?.trim().replaceAll(/[{}]/gu, "").slice(0, 100) || String(column + 1))));
}

function valuesOf(row: readonly string[], heads: readonly string[]): Record<string, string> {
  return Object.fromEntries(heads.flatMap((head, column) => (head ? [[head, (row[column] ?? "").trim()]] : [])));
}

type Row = { line: number; cells: string[] };

/** Rows of cells: separated by semicolon, tab or comma, in quotes where they hold those or line breaks. */
function cells(text: string): Row[] {
  const clean = text.replace(/^\uFEFF/u, "");
  const separator = separatorOf(clean);
  const rows: Row[] = [];
  let [row, cell, quoted, line, begun]: [string[], string, boolean, number, number] = [[], "", false, 1, 1];
  const end = (): void => {
    row.push(cell);
    if (row.some((one) => one.trim())) rows.push({ line: begun, cells: row });
    [row, cell, begun] = [[], "", line];
  };
  for (let at = 0; at < clean.length; at += 1) {
    const letter = clean[at];
    if (letter === "\n") line += 1;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (clean[at + 1] === '"') (cell += '"'), (at += 1);
      else quoted = false;
    } else if (letter === '"' && !cell.trim()) (quoted = true), (cell = "");
    else if (letter === separator) row.push(cell), (cell = "");
    else if (letter === "\n") end();
    else if (letter !== "\r") cell += letter;
  }
  end();
  return rows;
}

/** The one that is met most in the first line. */
function separatorOf(text: string): string {
  const head = text.split("\n", 1)[0] ?? "";
  const count = (separator: string): number => head.split(separator).length;
  return [...SEPARATORS].sort((a, b) => count(b) - count(a))[0] ?? ";";
}

/** A file's text: UTF-8, else what Russian programs for tables write. */
export function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1251").decode(bytes);
  }
}
