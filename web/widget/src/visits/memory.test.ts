import { expect, test } from "vitest";
import { storage } from "../../dev/storage.ts";
import { begun, IDLE_MS, memory, pathOf } from "./memory.ts";

const FROM = { from: "search.example", marks: {} };

test("nothing is kept before an answer, and a no is kept without a number", () => {
  const items = storage();
  const known = memory(items);
  expect(known.visit(1, () => FROM)).toBeUndefined();
  expect(items.held).toEqual({});
  known.leave(true);
  expect(known.read()).toEqual({ no: true });
});

test("a visit goes on until half an hour of rest, and its beginning stays", () => {
  const known = memory(storage());
  known.agree(1);
  const first = known.visit(10, () => FROM);
  expect(known.visit(10 + IDLE_MS - 1, () => ({ from: "", marks: {} }))).toEqual({ ...first, seen: 10 + IDLE_MS - 1 });
  expect(known.visit(10 + 2 * IDLE_MS, () => FROM)?.id).not.toBe(first?.id);
});

test("who leaves is forgotten once the server knows, and whoever agrees again is somebody else", () => {
  const items = storage();
  const known = memory(items);
  known.agree(1);
  const { guest } = known.read();
  known.leave(true);
  known.leave(true);
  expect(known.read()).toEqual({ gone: [guest], no: true });
  known.agree(2);
  expect(known.read().guest).not.toBe(guest);
  known.leave(false);
  expect(known.read().gone).toEqual([guest, expect.any(String)]);
  for (const one of known.read().gone ?? []) known.left(one);
  expect(items.held).toEqual({});
});

test("forms are told of only if the words spoke of them, for the same person also later", () => {
  const known = memory(storage());
  known.agree(1);
  expect(known.read().forms, "a plain yes").toBeUndefined();
  const { guest } = known.read();
  known.visit(5, () => FROM);
  known.agree(10, true);
  expect(known.read()).toMatchObject({ guest, agreed: 1, forms: true, visit: { at: 5 } });
  known.agree(20);
  expect(known.read().forms, "nothing was said of it").toBe(true);
  known.agree(30, false);
  expect(known.read()).toMatchObject({ guest, agreed: 1 });
  expect(known.read().forms).toBeUndefined();
  known.leave(false);
  known.agree(40, true);
  expect(known.read()).toMatchObject({ forms: true, gone: [guest] });
});

test("of addresses only paths, of referrers only other sites' hosts", () => {
  expect(pathOf("https://shop.example/%D1%86%D0%B5%D0%BD%D1%8B?token=1#x")).toBe("/цены");
  expect(pathOf("https://shop.example/demo/#/lamp?promo=1")).toBe("/demo/#/lamp");
  expect(pathOf("https://shop.example/%E0%A4%A")).toBe("/%E0%A4%A");
  const url = "https://shop.example/?utm_source=ya&utm_term=%D0%BB%D0%B0%D0%BC%D0%BF%D0%B0&yclid=7";
  expect(begun({ url, ref: "https://search.example/a?q=secret" }, "shop.example")).toEqual({ from: "search.example", marks: { utm_source: "ya", utm_term: "лампа" } });
  expect(begun({ url, ref: "https://shop.example/a" }, "shop.example").from).toBe("");
});
