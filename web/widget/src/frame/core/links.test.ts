import { describe, expect, test } from "vitest";
import { linked, safeHref } from "./links.ts";
import { runs } from "./spans.ts";

const hrefs = (text: string): (string | undefined)[] => linked(text).flatMap(({ href }) => href ?? []);

test.each([
  ["см. https://shop.example.ru/a?b=1.", "https://shop.example.ru/a?b=1"],
  ["(https://en.example.org/wiki/Mug_(cup))", "https://en.example.org/wiki/Mug_(cup)"],
  ["www.example.ru, и всё", "https://www.example.ru/"],
  ["пишите на anna@example.ru!", "mailto:anna@example.ru"],
  ["«https://example.ru/путь»", "https://example.ru/%D0%BF%D1%83%D1%82%D1%8C"],
])("%s", (text, href) => expect(hrefs(text)).toEqual([href]));

test.each(["javascript:alert(1)", "www.", "1.5 мин", "a@b", "ftp://example.ru", "data:text/html,x", "//example.ru"])("%s is no link", (text) => {
  expect(hrefs(text)).toEqual([]);
});

test("the pieces joined are the text", () => {
  for (const text of ["a https://x.example.ru b www.y.example.ru c@d.example.ru.", "", "https://", "нет"]) expect(linked(text).map((piece) => piece.text).join("")).toBe(text);
});

test("only harmless schemes become addresses", () => {
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd", "/relative", ""]) {
    expect(safeHref(bad), bad).toBeUndefined();
  }
  expect(safeHref("tel:+79000000000")).toBe("tel:+79000000000");
});

describe("spans", () => {
  test("offsets count code points", () => {
    expect(runs("👍 жирно", [{ style: "bold", offset: 2, length: 5 }])).toEqual([{ text: "👍 ", styles: [] }, { text: "жирно", styles: ["bold"] }]);
  });
  test("they may overlap, and what points outside is cut off", () => {
    const made = runs("abcdef", [{ style: "bold", offset: 0, length: 4 }, { style: "italic", offset: 2, length: 99 }, { style: "code", offset: 50, length: 1 }, { style: "bold", offset: -3, length: 2 }]);
    expect(made.map(({ text, styles }) => [text, styles.join("+")])).toEqual([["ab", "bold"], ["cd", "bold+italic"], ["ef", "italic"]]);
  });
  test("a link with a bad address is text", () => {
    expect(runs("press", [{ style: "link", offset: 0, length: 5, url: "javascript:alert(1)" }])).toEqual([{ text: "press", styles: [] }]);
    expect(runs("press", [{ style: "link", offset: 0, length: 5, url: "https://example.ru" }])).toEqual([{ text: "press", styles: [], href: "https://example.ru/" }]);
  });
  test("whatever the spans, the text stays whole", () => {
    const text = "текст с 👨‍👩‍👧 и https://example.ru внутри";
    for (let n = 0; n < 300; n += 1) {
      const spans = Array.from({ length: n % 5 }, (_, k) => ({ style: ["bold", "link", "code", "pre"][k % 4] ?? "", offset: (n * 7 + k * 3) % 40, length: 1 + ((n * 5 + k) % 30), url: "https://example.ru" }));
      expect(runs(text, spans).map((run) => run.text).join("")).toBe(text);
    }
  });
});
