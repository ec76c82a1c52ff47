import { expect, test } from "vitest";
import type { Message } from "../../shared/protocol.ts";
import { confirmed, lastKnown, put, putAll, readUpTo, shown, unread } from "./thread.ts";

const said = (id: string, at: number, more: Partial<Message> = {}): Message => ({ id, own: true, text: id, files: [], at, ...more });
const ids = (list: readonly Message[]): string[] => list.map(({ id }) => id);

test("messages stand by time, then by id, in whatever order they come", () => {
  const list = [said("c", 3), said("a", 1), said("b2", 2), said("b1", 2)].reduce<Message[]>(put, []);
  expect(ids(list)).toEqual(["a", "b1", "b2", "c"]);
  expect(ids(putAll([], list.toReversed()))).toEqual(ids(list));
});

test("the same message twice is one, the newest word wins", () => {
  const list = put(put([], said("a", 1)), said("a", 1, { text: "changed", edited: true }));
  expect(list).toMatchObject([{ text: "changed", edited: true }]);
});

test("the server's copy takes the place of the confirmed one", () => {
  const entry = { msg: { t: "msg" as const, id: "mine", n: 1, at: 5, text: "hi" }, files: [] };
  const before = put([], confirmed(entry));
  const after = put(before, said("server", 6, { own: false, client: "mine", text: "hi" }));
  expect(ids(after)).toEqual(["server"]);
  expect(shown(after, []).map(({ key }) => key)).toEqual(["mine"]);
});

test("what has arrived is not shown as on its way", () => {
  const entry = { msg: { t: "msg" as const, id: "mine", n: 1, at: 5, text: "hi" }, files: [] };
  const list = [said("server", 6, { own: false, client: "mine" })];
  expect(shown(list, [entry])).toMatchObject([{ id: "server", fate: "sent" }]);
  expect(shown([], [entry])).toMatchObject([{ id: "mine", fate: "sending" }]);
  expect(shown([], [{ ...entry, failed: "rate" }])).toMatchObject([{ fate: "failed", problem: "rate" }]);
});

test("reading goes up to a message, for one side", () => {
  const list = [said("a", 1), said("b", 2, { own: false }), said("c", 3), said("d", 4)];
  const read = readUpTo(list, "c", true);
  expect(read.map((one) => !!one.read)).toEqual([true, false, true, false]);
  expect([unread(list), unread(read)]).toEqual([3, 1]);
  expect(readUpTo(list, "nowhere", true)).toEqual(list);
});

test("after a break it goes on from the last message that the server has named", () => {
  const mine = confirmed({ msg: { t: "msg", id: "mine", n: 1, at: 9, text: "" }, files: [] });
  expect(lastKnown([said("a", 1), mine])).toBe("a");
  expect(lastKnown([mine])).toBeUndefined();
});

test("a change keeps what it does not speak of", () => {
  const file = { id: "f", kind: "image", name: "a.png", mime: "image/png", size: 1, url: "" };
  const before = put([], said("a", 1, { author: "Анна", files: [file], spans: [{ style: "bold", offset: 0, length: 1 }] }));
  expect(put(before, { id: "a", own: true, text: "other", files: [], edited: true })).toMatchObject([{ author: "Анна", at: 1, text: "other", files: [file], edited: true, spans: undefined }]);
  expect(put(before, { id: "a", own: true, files: [{ ...file, url: "/x" }] })).toMatchObject([{ text: "a", files: [{ url: "/x" }], spans: [{ style: "bold" }] }]);
});

test("the echo of another tab has no id yet, and is no place to go on from", () => {
  const echoed = put([said("a", 1)], { client: "mine", own: false, text: "hi", files: [], at: 2 });
  expect(ids(echoed)).toEqual(["a", "mine"]);
  expect(lastKnown(echoed)).toBe("a");
  expect(ids(put(echoed, { id: "b", client: "mine", own: false }))).toEqual(["a", "b"]);
});

test("an edit of what is not here is left out", () => {
  expect(put([], { id: "far", own: true, text: "edited", files: [], edited: true })).toEqual([]);
});
