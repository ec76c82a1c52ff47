import { expect, test } from "vitest";
import { textOfBytes } from "./SourceText.tsx";

test("what came is read as UTF-8, and where it is none as the letters of old Russian programs", () => {
  expect(textOfBytes(new TextEncoder().encode("Тема: окна"))).toBe("Тема: окна");
  expect(textOfBytes(Uint8Array.of(0xd2, 0xe5, 0xec, 0xe0))).toBe("Тема");
});

test("a stretch that ends within a character is UTF-8 all the same", () => {
  const bytes = new TextEncoder().encode("Окна");
  expect(textOfBytes(bytes.slice(0, -1))).toBe("Окн");
});
