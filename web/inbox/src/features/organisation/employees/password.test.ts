import { expect, test } from "vitest";
import { newPassword } from "./password.ts";

test("a password is long enough for the server and has nothing that looks alike", () => {
  for (let n = 0; n < 200; n += 1) expect(newPassword()).toMatch(/^[a-hjkmnp-z2-9]{4}(?:-[a-hjkmnp-z2-9]{4}){3}$/u);
});

test("no letter is likelier than another: bytes past the last whole round are thrown again", () => {
  let turn = 0;
  const bytes = [new Uint8Array(16).fill(255), Uint8Array.from({ length: 16 }, (_, n) => n)];
  expect(newPassword(() => bytes[turn++] ?? new Uint8Array(16))).toBe("abcd-efgh-jkmn-pqrs");
});

test("two passwords differ", () => {
  expect(new Set(Array.from({ length: 100 }, () => newPassword())).size).toBe(100);
});
