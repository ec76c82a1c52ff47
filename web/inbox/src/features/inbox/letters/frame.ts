import { fileUrl } from "../../../rpc/upload.ts";
import { readOn, restOfLine, signsOf } from "./fold.ts";

// What strangers wrote as HTML. The server has made it safe; this frame holds even if it had not: no script runs in it, and
// its policy fetches nothing but files of ours. Pictures of other servers come through the edge, once the reader asks for them.

/** The frame may be measured by this page and opens links apart. It may run nothing. */
export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

export const FOLD_ID = "okno-fold";

export type Wanted = {
  html: string;
  htmlFileId: string;
  /** By content ids, the files that it shows. */
  shown: ReadonlyMap<string, string>;
  /** The sender's own words; empty: nothing is folded. */
  own: string;
  /** Pictures of other servers, too. */
  pictures: boolean;
};

export type Framed = { srcdoc: string; hiddenPictures: number; folded: boolean };

/** The whole document of the frame. The markup is read in a document that shows, runs and fetches nothing. */
export function framed({ html, htmlFileId, shown, own, pictures }: Wanted): Framed {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const element of body.querySelectorAll("script, style, link, meta, base, form, iframe, frame, object, embed, template, svg, math")) element.remove();
  for (const link of body.querySelectorAll<HTMLAnchorElement>("a, area")) openApart(link);
  for (const image of body.querySelectorAll("img")) showOurs(image, shown);
  const remote = [...body.querySelectorAll<HTMLImageElement>("img[data-src]")].filter((image) => !isCounter(image));
  if (pictures) for (const image of remote) image.src = pictureUrl(htmlFileId, image.dataset["src"] ?? "");
  const folded = own !== "" && fold(body, own);
  return { srcdoc: page(body.innerHTML), hiddenPictures: pictures ? 0 : remote.length, folded };
}

function pictureUrl(htmlFileId: string, url: string): string {
  return `/letters/${encodeURIComponent(htmlFileId)}/picture?url=${encodeURIComponent(url)}`;
}

function showOurs(image: HTMLImageElement, shown: ReadonlyMap<string, string>): void {
  const source = image.getAttribute("src") ?? "";
  image.removeAttribute("srcset");
  if (/^data:image\/(?:png|jpe?g|gif|webp);/iu.test(source)) return;
  image.removeAttribute("src");
  const fileId = /^cid:/iu.test(source) ? shown.get(decoded(source.slice(4))) : undefined;
  if (fileId) image.src = fileUrl(fileId);
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Of a pixel's size: it tells its owner that the letter was read, and nobody sees it. It is never fetched. */
function isCounter(image: HTMLImageElement): boolean {
  const tiny = (size: string | null): boolean => size !== null && /^[0-2](?:px)?$/u.test(size.trim());
  const { style } = image;
  return tiny(image.getAttribute("width")) || tiny(image.getAttribute("height")) || tiny(style.width || null) || tiny(style.height || null) || style.display === "none";
}

function openApart(link: HTMLAnchorElement): void {
  // A place in the letter: the frame's address is not its own, so that it would lead to this page.
  if (!/^(?:https?|mailto|tel):/iu.test(link.getAttribute("href") ?? "")) return link.removeAttribute("href");
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

/** Hides what stands behind the sender's own words, as far as the markup says the same as the text. */
function fold(body: HTMLElement, own: string): boolean {
  const place = behind(body, signsOf(own));
  const last = body.lastChild;
  if (!place || !last) return false;
  const range = body.ownerDocument.createRange();
  startBehind(range, body, place);
  range.setEndAfter(last);
  const rest = body.ownerDocument.createElement("div");
  rest.id = FOLD_ID;
  rest.hidden = true;
  rest.append(range.extractContents());
  body.append(rest);
  // Nothing but pictures: they are the letter's own.
  const quotes = signsOf(rest.textContent ?? "").length > 0;
  if (!quotes) rest.replaceWith(...rest.childNodes);
  return quotes;
}

/** Behind everything that ends with the last word: of a table nothing is left open. */
function startBehind(range: Range, body: HTMLElement, { node, offset }: { node: Text; offset: number }): void {
  if (node.data.slice(offset).trim() !== "") return range.setStart(node, offset);
  let last: Node = node;
  while (last.parentNode && last.parentNode !== body && !last.nextSibling) last = last.parentNode;
  range.setStartAfter(last);
}

function behind(body: HTMLElement, own: readonly string[]): { node: Text; offset: number } | undefined {
  const texts = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let at = 0, next = texts.nextNode(); own.length > 0 && next; next = texts.nextNode()) {
    const node = next as Text;
    if (isHidden(node)) continue;
    const read = readOn(node.data, own, at);
    if (!read) return undefined;
    ({ at } = read);
    if (at === own.length) return { node, offset: restOfLine(node.data, read.offset) };
  }
  return undefined;
}

function isHidden(node: Node): boolean {
  for (let element = node.parentElement; element; element = element.parentElement) if (element.style.display === "none") return true;
  return false;
}

/** Letters keep their own fonts and stand on paper, in the dark as well. */
const LOOK = `html{background:#fff;color:#16202b;color-scheme:light;overflow-y:hidden}
body{margin:0;padding:16px;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
body>:first-child{margin-top:0}body>:last-child{margin-bottom:0}
img{max-width:100%;height:auto}img:not([src]){display:inline-block;min-width:20px;min-height:20px;border:1px dashed #748494}
img[width="1"],img[height="1"],img[width="0"],img[height="0"]{display:none}
blockquote{margin:8px 0 8px 4px;padding-left:12px;border-left:2px solid #dce2e8;color:#465564}
pre{white-space:pre-wrap}a{color:#1553b0}`;

function page(body: string): string {
  const ours = location.origin;
  const policy = `default-src 'none'; img-src ${ours}/files/ ${ours}/letters/ data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer"><style>${LOOK}</style></head><body dir="auto">${body}</body></html>`;
}
