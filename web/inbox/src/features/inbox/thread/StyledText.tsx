import { memo } from "react";
import { type TextSpan, TextStyle } from "../../../gen/okno/channel/v1/content_pb.ts";
import { cx } from "../../../ui/cx.ts";
import { isEmojiOnly, type Piece, piecesOf } from "./spans.ts";
import css from "./StyledText.module.css";

/** What a person wrote: always text, never markup of theirs. */
export const StyledText = memo(function StyledText({ text, spans }: { text: string; spans: readonly TextSpan[] }) {
  return (
    <div className={cx(css.text, spans.length === 0 && isEmojiOnly(text) && css.emoji)} dir="auto">
      {piecesOf(text, spans).map((piece, index) => (
        <Styled key={index} piece={piece} />
      ))}
    </div>
  );
});

const TAGS: readonly [TextStyle, "b" | "i" | "u" | "s" | "code"][] = [
  [TextStyle.BOLD, "b"],
  [TextStyle.ITALIC, "i"],
  [TextStyle.UNDERLINE, "u"],
  [TextStyle.STRIKE, "s"],
  [TextStyle.CODE, "code"],
];

const CLASSES: readonly [TextStyle, string | undefined][] = [
  [TextStyle.PRE, css.pre],
  [TextStyle.QUOTE, css.quote],
  [TextStyle.SPOILER, css.spoiler],
  [TextStyle.MENTION, css.mention],
];

function Styled({ piece }: { piece: Piece }) {
  let node: React.ReactNode = piece.text;
  for (const [style, Tag] of TAGS) if (piece.styles.has(style)) node = <Tag>{node}</Tag>;
  const names = CLASSES.filter(([style]) => piece.styles.has(style)).map(([, name]) => name);
  if (names.length > 0) node = <span className={cx(...names)} tabIndex={piece.styles.has(TextStyle.SPOILER) ? 0 : undefined}>{node}</span>;
  if (!piece.url) return node;
  return (
    <a href={piece.url} target="_blank" rel="noopener noreferrer nofollow">
      {node}
    </a>
  );
}
