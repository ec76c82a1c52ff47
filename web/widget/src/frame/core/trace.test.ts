import { expect, test } from "vitest";
import type { Msg, Origin } from "../../shared/protocol.ts";
import { Trace } from "./trace.ts";

const origin: Origin = { url: "https://shop.example.ru/?yclid=9", ref: "https://ya.example.com/", at: 1, fields: { yclid: "9", _ym_uid: "77" } };
const touch = { first: origin, last: origin };
const page = { url: "https://shop.example.ru/?p=7&yclid=9&utm_source=ya", title: "Кружка", ref: "https://ya.example.com/" };
const bare = { url: "https://shop.example.ru/?p=7", title: "Кружка", ref: "" };
const msg: Msg = { t: "msg", id: "1", n: 1, at: 1, text: "x", page };

test("with consent all of it goes, once by the hello", () => {
  const trace = new Trace();
  trace.moved({ page, origin: touch });
  expect(trace.hello()).toEqual({ page, touch, storage_consent: true });
  expect(trace.message(msg, false)).toEqual(msg);
  expect(trace.message(msg, true)).toEqual({ ...msg, touch, storage_consent: true });
});

test.each([false, undefined] as const)("without consent nothing of the origin goes: %s", (none) => {
  const trace = new Trace();
  trace.moved({ page, origin: none });
  const sent = [trace.hello(), trace.message(msg, false), trace.message(msg, true)];
  expect(trace.page).toEqual(bare);
  expect(JSON.stringify(sent)).not.toMatch(/ya\.example|clid|_ym_uid|utm_/);
  expect(sent[0]).toMatchObject({ page: bare, storage_consent: false });
});

test("a consent that comes later goes with the next message, and so does its end", () => {
  const trace = new Trace();
  trace.moved({ page, origin: false });
  trace.hello();
  trace.moved({ page, origin: touch });
  expect(trace.message(msg, false)).toEqual({ ...msg, touch, storage_consent: true });
  trace.hello();
  trace.moved({ page, origin: false });
  expect(trace.message(msg, false)).toEqual({ ...msg, page: bare, touch: undefined, storage_consent: false });
});
