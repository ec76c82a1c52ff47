import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TextSpanSchema, TextStyle } from "../../../gen/okno/channel/v1/content_pb.ts";
import { isEmojiOnly, piecesOf, safeUrl } from "./spans.ts";

const span = (style: TextStyle, offset: number, length: number, url = "") => create(TextSpanSchema, { style, offset, length, url });

test("offsets count code points, and spans may lie over each other", () => {
  const pieces = piecesOf("👍 жирно", [span(TextStyle.BOLD, 2, 5), span(TextStyle.ITALIC, 4, 10)]);
  expect(pieces.map((piece) => [piece.text, piece.styles.size])).toEqual([
    ["👍 ", 0],
    ["жи", 1],
    ["рно", 2],
  ]);
  expect(pieces[2]?.styles.has(TextStyle.BOLD)).toBe(true);
});

test("an address in plain text becomes a link without the full stop after it", () => {
  expect(piecesOf("см. https://example.com/a?b=1.", []).map((piece) => piece.url)).toEqual(["", "https://example.com/a?b=1", ""]);
});

test("no address that runs something is ever followed", () => {
  for (const url of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example"]) expect(safeUrl(url)).toBe("");
  expect(safeUrl("example.com/path")).toBe("https://example.com/path");
  expect(piecesOf("клик", [span(TextStyle.LINK, 0, 4, "javascript:alert(1)")])[0]?.url).toBe("");
});

test("up to three emoji and nothing else are large", () => {
  expect(isEmojiOnly("👍")).toBe(true);
  expect(isEmojiOnly("👨‍👩‍👧 🇷🇺 🙏")).toBe(true);
  expect(isEmojiOnly("👍👍👍👍")).toBe(false);
  expect(isEmojiOnly("ok 👍")).toBe(false);
});
