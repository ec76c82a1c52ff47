/** The sender's own words, and what only quotes or signs them. `from` counts code points; 0: nothing is folded. */
export function foldText(text: string, from: number): { own: string; rest: string } {
  if (from <= 0) return { own: text, rest: "" };
  const points = Array.from(text);
  return { own: points.slice(0, from).join("").trimEnd(), rest: points.slice(from).join("").trim() };
}

const SIGN = /[\p{L}\p{N}]/u;

/**
 * The place in a piece of text behind the last sign of `own`, read on from the sign `at`; whatever is no letter and no digit
 * counts for nothing. `undefined`: this is another text.
 */
export function readOn(piece: string, own: readonly string[], at: number): { at: number; offset: number } | undefined {
  let offset = 0;
  for (const point of piece) {
    if (at === own.length) break;
    offset += point.length;
    if (!SIGN.test(point)) continue;
    if (own[at] !== point) return undefined;
    at += 1;
  }
  return { at, offset };
}

export function signsOf(text: string): string[] {
  return Array.from(text).filter((point) => SIGN.test(point));
}

/** How far the line goes on with what is no sign: a full stop behind the last word is the sender's own. */
export function restOfLine(piece: string, offset: number): number {
  const [more] = /^[^\p{L}\p{N}\n]*/u.exec(piece.slice(offset)) ?? [""];
  return offset + more.length;
}
