import { expect, test } from "vitest";
import { type Notice, withNotice } from "./store.ts";

const notice = (id: string, part: Partial<Notice> = {}): Notice => ({ id, kind: "inbound", subjectId: "c1", channel: "telegram", title: "Покупатель 1", text: id, by: "", at: 0, seq: 0, read: false, ...part });

test("ten messages of one conversation are one line, the newest", () => {
  const all = Array.from({ length: 10 }, (_, n) => notice(`m${n}`)).reduce(withNotice, [] as Notice[]);
  expect(all.map(({ id }) => id)).toEqual(["m9"]);
});

test("what was read stays below, and a mention does not hide a message", () => {
  const all = withNotice(withNotice([notice("m1", { read: true })], notice("m2")), notice("n1", { kind: "mention" }));
  expect(all.map(({ id }) => id)).toEqual(["n1", "m2", "m1"]);
});

test("the list has an end", () => {
  const all = Array.from({ length: 70 }, (_, n) => notice(`m${n}`, { subjectId: `c${n}` })).reduce(withNotice, [] as Notice[]);
  expect(all).toHaveLength(50);
  expect(all[0]?.id).toBe("m69");
});
