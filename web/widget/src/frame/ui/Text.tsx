import { h, type VNode } from "preact";
import type { Span } from "../../shared/protocol.ts";
import { runs, type Run } from "../core/spans.ts";

/** The contract's words for looks, as elements. What is not here is shown plain. */
const ELEMENTS: Record<string, string> = { bold: "b", italic: "i", underline: "u", strike: "s", code: "code", pre: "code", quote: "q", spoiler: "span" };

/** A message's text. It becomes text nodes only: nothing in it is ever read as HTML. */
export function Text({ text, spans }: { text: string; spans?: Span[] }): VNode {
  return <p class="text">{runs(text, spans).map(piece)}</p>;
}

function piece({ text, styles, href }: Run, index: number): VNode {
  const inner = href ? (
    <a href={href} target="_blank" rel="noopener nofollow ugc">
      {text}
    </a>
  ) : (
    <>{text}</>
  );
  return styles.reduceRight((within, style) => {
    const element = ELEMENTS[style];
    return element ? h(element, { class: style === "spoiler" ? "spoiler" : undefined }, within) : within;
  }, <span key={index}>{inner}</span>);
}
