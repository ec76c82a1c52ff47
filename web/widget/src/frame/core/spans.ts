import type { Span } from "../../shared/protocol.ts";
import { linked, safeHref } from "./links.ts";

/** A stretch of text with one look. `styles` are words of the contract: bold, italic, code, … */
export type Run = { text: string; styles: string[]; href?: string };

/** Cuts a text at the borders of its spans. Offsets count code points; what points outside is cut off. */
export function runs(text: string, spans: readonly Span[] = []): Run[] {
  const letters = [...text];
  const inside = spans.filter((span) => span.offset >= 0 && span.offset < letters.length && span.length > 0);
  const borders = new Set([0, letters.length]);
  for (const { offset, length } of inside) borders.add(offset).add(Math.min(offset + length, letters.length));
  const cuts = [...borders].sort((a, b) => a - b);
  return cuts.slice(1).flatMap((to, index) => {
    const from = cuts[index] ?? 0;
    const over = inside.filter(({ offset, length }) => offset <= from && offset + length >= to);
    return dressed(letters.slice(from, to).join(""), over);
  });
}

function dressed(text: string, over: readonly Span[]): Run[] {
  const styles = [...new Set(over.map(({ style }) => style))].filter((style) => style !== "link");
  const href = over.map(({ url }) => safeHref(url)).find(Boolean);
  if (href) return [{ text, styles, href }];
  if (styles.includes("code") || styles.includes("pre")) return [{ text, styles }];
  return linked(text).map((piece) => ({ ...piece, styles }));
}
