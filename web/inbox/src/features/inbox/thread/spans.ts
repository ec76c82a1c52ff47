import { type TextSpan, TextStyle } from "../../../gen/okno/channel/v1/content_pb.ts";

/** A stretch of text with all styles that cover it. */
export type Piece = { text: string; styles: ReadonlySet<TextStyle>; url: string };

const SAFE = /^(?:https?:|mailto:|tel:)/iu;
const BARE_URL = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,:;!?)\]}'’]/giu;

/** Cuts a text at the edges of its spans (in code points) and finds addresses that carry no span. */
export function piecesOf(text: string, spans: readonly TextSpan[]): Piece[] {
  const points = [...text];
  const valid = spans.filter((span) => span.length > 0 && span.offset < points.length);
  const edges = new Set([0, points.length]);
  for (const span of valid) {
    edges.add(span.offset);
    edges.add(Math.min(points.length, span.offset + span.length));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).flatMap((from, index) => {
    const to = sorted[index + 1] ?? from;
    const over = valid.filter((span) => span.offset <= from && span.offset + span.length >= to);
    const link = over.find((span) => span.style === TextStyle.LINK);
    const piece = { text: points.slice(from, to).join(""), styles: new Set(over.map((span) => span.style)), url: safeUrl(link?.url || (link ? points.slice(link.offset, link.offset + link.length).join("") : "")) };
    return piece.url || piece.styles.has(TextStyle.CODE) || piece.styles.has(TextStyle.PRE) ? [piece] : linked(piece);
  });
}

/** Only addresses that can do no harm; a bare domain becomes https. */
export function safeUrl(url: string): string {
  if (SAFE.test(url)) return url;
  return /^[\p{L}\d-]+(?:\.[\p{L}\d-]+)+(?:[/?#]\S*)?$/iu.test(url) ? `https://${url}` : "";
}

function linked(piece: Piece): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of piece.text.matchAll(BARE_URL)) {
    if (match.index > from) pieces.push({ ...piece, text: piece.text.slice(from, match.index) });
    pieces.push({ ...piece, text: match[0], url: match[0] });
    from = match.index + match[0].length;
  }
  if (from < piece.text.length) pieces.push({ ...piece, text: piece.text.slice(from) });
  return pieces;
}

/** One to three emoji and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > 40) return false;
  const parts = [...new Intl.Segmenter().segment(trimmed)].map(({ segment }) => segment).filter((segment) => segment.trim());
  return parts.length <= 3 && parts.every((part) => /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(part));
}
