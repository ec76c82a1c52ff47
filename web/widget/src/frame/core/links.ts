export type Piece = { text: string; href?: string };

/** Only these schemes ever become a link; everything else stays text. */
const SAFE = /^(?:https?:|mailto:|tel:)/i;
const FOUND = /(?:https?:\/\/|www\.)[^\s<>"'`«»]+|[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/gi;
const TRAIL = /[.,;:!?…]+$/;

/** An address that may be put into `href`, or nothing. */
export function safeHref(address: string | undefined): string | undefined {
  if (!address) return undefined;
  try {
    const url = new URL(address);
    return SAFE.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts a text into pieces with and without a link. The pieces joined are the text again. */
export function linked(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(FOUND)) {
    const word = trimmed(found[0]);
    const href = safeHref(/^https?:/i.test(word) ? word : word.toLowerCase().startsWith("www.") ? `https://${word}` : `mailto:${word}`);
    if (!href || (/^www\./i.test(word) && !word.slice(4).includes("."))) continue;
    if (found.index > from) pieces.push({ text: text.slice(from, found.index) });
    pieces.push({ text: word, href });
    from = found.index + word.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Without the sentence's own full stop, and without a bracket that was opened before the address. */
function trimmed(word: string): string {
  let cut = word.replace(TRAIL, "");
  for (const [open, close] of ["()", "[]", "{}"] as const) {
    while (cut.endsWith(close!) && count(cut, close!) > count(cut, open!)) cut = cut.slice(0, -1).replace(TRAIL, "");
  }
  return cut;
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}
