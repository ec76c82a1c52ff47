import { currentLanguage } from "../../../i18n/index.ts";
import { type ClientQuery, filterOf, orderOf } from "../query.ts";
import { imports } from "./queries.ts";

export type Format = "xlsx" | "csv";

/** What a file may hold, in the order of its columns. */
export const COLUMNS: readonly string[] = [
  ...["name", "kind", "working_name", "surname", "given_name", "patronymic", "inn", "kpp", "ogrn", "okpo", "registered_on", "addresses:phone", "addresses:email", "addresses:site", "addresses:postal", "addresses:messenger"],
  ...["responsible", "importance", "work_status", "solvency", "relations", "tags", "industry", "segment", "region", "holding", "headcount", "workplaces", "sex", "birthday", "unsubscribed", "takes_surveys", "founder", "access_levels", "comment"],
];
export const USUAL: readonly string[] = ["name", "kind", "inn", "kpp", "addresses:phone", "addresses:email", "responsible", "tags"];

const TYPES: Record<Format, string> = { csv: "text/csv;charset=utf-8", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

/** The whole list as it is narrowed and ordered, as a file. */
export async function exported(query: ClientQuery, format: Format, columns: readonly string[], onProgress: (bytes: number) => void, signal: AbortSignal): Promise<Blob> {
  const parts: BlobPart[] = [];
  let bytes = 0;
  // A long list takes its time; whoever waits may cancel.
  const stream = imports.exportClients({ filter: filterOf(query), order: orderOf(query), columns: [...columns], russian: currentLanguage() === "ru", format }, { signal, timeoutMs: 0 });
  for await (const { content } of stream) {
    parts.push(new Uint8Array(content));
    bytes += content.length;
    onProgress(bytes);
  }
  return new Blob(parts, { type: TYPES[format] });
}
