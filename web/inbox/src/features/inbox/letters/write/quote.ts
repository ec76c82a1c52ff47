import type { Letter } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { inFull } from "../people.ts";

/** A letter that goes along below the own words. */
export type Quoted = { letter: Letter; text: string; at: number; author: string };

/** As mail programs write it, so that the other side's program folds it. Dates and fields stand in the language of the writer. */
export type Words = { date: string; passedOn: string; from: string; sent: string; subject: string; to: string };

/** Behind an answer: who wrote what, line by line. */
export function quotedText({ text }: Quoted, words: Words): string {
  return `${words.date}:\n${text.trim().split("\n").map((line) => `> ${line}`.trimEnd()).join("\n")}`;
}

export function passedOnText({ letter, text, author }: Quoted, words: Words): string {
  const from = letter.from ? inFull(letter.from) : author;
  const heads = [`${words.from}: ${from}`, `${words.sent}: ${words.date}`, `${words.subject}: ${letter.subject}`, ...(letter.to.length > 0 ? [`${words.to}: ${letter.to.map(inFull).join(", ")}`] : [])];
  return `-------- ${words.passedOn} --------\n${heads.join("\n")}\n\n${text.trim()}`;
}

export function quotedHtml(quoted: Quoted, words: Words): string {
  return `<p>${escaped(words.date)}:</p><blockquote type="cite">${lines(quoted.text.trim())}</blockquote>`;
}

export function passedOnHtml(quoted: Quoted, words: Words): string {
  return `<p>${lines(passedOnText(quoted, words))}</p>`;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;");
}

/** Plain text as markup: a paragraph for each line, as the editor has them. */
export function paragraphs(text: string): string {
  return text.split("\n").map((line) => `<p>${escaped(line)}</p>`).join("");
}

function lines(text: string): string {
  return escaped(text).replaceAll("\n", "<br>");
}

/** Our own pictures become parts of the letter; gives their ids. */
export function withParts(html: string): { html: string; fileIds: string[] } {
  const fileIds: string[] = [];
  const named = html.replaceAll(/(<img[^>]*?\ssrc=")\/files\/([0-9a-f-]{36})"/giu, (_, start: string, id: string) => {
    if (!fileIds.includes(id)) fileIds.push(id);
    return `${start}cid:${contentId(id)}"`;
  });
  return { html: named, fileIds };
}

export function contentId(fileId: string): string {
  return `${fileId}@okno`;
}
