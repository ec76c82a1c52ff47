import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { LetterSchema } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { passedOnText, quotedHtml, quotedText, type Words, withParts } from "./quote.ts";

const words: Words = { date: "23.11.2026, 14:20, Сергей <s@client.example>", passedOn: "Пересылаемое сообщение", from: "От", sent: "Дата", subject: "Тема", to: "Кому" };
const quoted = { letter: create(LetterSchema, { subject: "Счёт", from: { address: "s@client.example", name: "Сергей" } }), text: "Первая\n\nвторая <b>\n", at: 0, author: "Сергей" };

test("an answer quotes line by line", () => {
  expect(quotedText(quoted, words)).toBe("23.11.2026, 14:20, Сергей <s@client.example>:\n> Первая\n>\n> вторая <b>");
  expect(quotedHtml(quoted, words)).toContain("<blockquote type=\"cite\">Первая<br><br>вторая &lt;b&gt;</blockquote>");
});

test("what is passed on says whose it was", () => {
  expect(passedOnText(quoted, words)).toBe("-------- Пересылаемое сообщение --------\nОт: Сергей <s@client.example>\nДата: 23.11.2026, 14:20, Сергей <s@client.example>\nТема: Счёт\n\nПервая\n\nвторая <b>");
});

test("own pictures become parts of the letter, each once", () => {
  const id = "01900000-0000-7000-8000-000000000001";
  const { html, fileIds } = withParts(`<p><img alt="a" src="/files/${id}"><img src="/files/${id}"><img src="https://example.com/x.png"></p>`);
  expect(fileIds).toEqual([id]);
  expect(html).toBe(`<p><img alt="a" src="cid:${id}@okno"><img src="cid:${id}@okno"><img src="https://example.com/x.png"></p>`);
});
