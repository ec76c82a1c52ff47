const BOM = "\uFEFF";

/** A table for a spreadsheet that reads Russian files: UTF-8 with its mark, semicolons, quotes doubled, no cell that is a formula. */
export function csv(rows: readonly (readonly string[])[]): string {
  return BOM + rows.map((row) => row.map(cell).join(";")).join("\r\n") + "\r\n";
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[";\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a text over as a file. */
export function download(name: string, text: string): void {
  handOver(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
}

export function handOver(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  // Words are printed with no-break spaces, files are not named with them.
  link.download = name.replaceAll("\u00a0", " ");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
