import type { Import, ImportRow } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import type { ImportOutcome } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { csv } from "../quality/csv.ts";
import { imports } from "./queries.ts";
import { type OwnFields, problemLines, targetName } from "./words.ts";

const PAGE = 200;

/** Every row that came out so, page by page. */
export async function gather(importId: string, outcome: ImportOutcome, onProgress: (rows: number) => void, signal: AbortSignal): Promise<ImportRow[]> {
  const all: ImportRow[] = [];
  let pageToken = "";
  do {
    const page = await imports.listImportRows({ importId, outcomes: [outcome], pageSize: PAGE, pageToken }, { signal });
    all.push(...page.rows);
    onProgress(all.length);
    pageToken = page.nextPageToken;
  } while (pageToken);
  return all;
}

/** The rows as they stood in the file, under its headings, with what is to be mended at the end: a file that can be loaded again. */
export function mendFile({ columns, mapping }: Pick<Import, "columns" | "mapping">, rows: readonly ImportRow[], fields: OwnFields): string {
  const targets = new Map(mapping?.columns.map(({ column, target }) => [column, target]));
  const headings = columns.map(({ column, heading }) => heading || (targets.has(column) ? targetName(targets.get(column) ?? "", fields) : t("imports.column", { n: column + 1 })));
  const lines = rows.map((row) => [...columns.map(({ column }) => row.cells[column] ?? ""), plain(problemLines(row, mapping, fields).join("; "))]);
  return csv([[...headings.map(plain), plain(t("imports.mendColumn"))], ...lines]);
}

/** A file with nothing but the headings: a beginning for whoever has none. */
export function sampleFile(): string {
  const targets = ["name", "inn", "kpp", "addresses:phone", "addresses:email", "contact.name", "contact.position", "responsible", "tags", "comment"];
  return csv([targets.map((target) => plain(targetName(target, [])))]);
}

/** Words of the page have no-break spaces, which files need not. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}
