import { expect, test } from "vitest";
import { decoded, fileName } from "./bytes.ts";

test("what came is read as UTF-8, and where it is none as the letters of old Russian programs", () => {
  expect(decoded(new TextEncoder().encode("Тема: окна"))).toBe("Тема: окна");
  expect(decoded(Uint8Array.of(0xd2, 0xe5, 0xec, 0xe0))).toBe("Тема");
});

test("a stretch that ends within a character is UTF-8 all the same", () => {
  const bytes = new TextEncoder().encode("Окна");
  expect(decoded(bytes.slice(0, -1))).toBe("Окн");
});

test("a saved file is called by what it is", () => {
  expect(["message/rfc822", "application/json", "application/json; charset=utf-8", ""].map((type) => fileName("1", type))).toEqual(["1.eml", "1.json", "1.json", "1.bin"]);
});
