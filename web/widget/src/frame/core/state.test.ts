import { expect, test } from "vitest";
import { configOf } from "../../shared/config.ts";
import type { Message } from "../../shared/protocol.ts";
import { doing } from "../ui/doing.ts";
import { heard, missed, sawUpTo, type State } from "./state.ts";

const state = (part: Partial<State> = {}): State => ({
  config: configOf({}), mode: "panel", view: { open: true, focus: false, phone: false }, status: "online", welcomed: false, known: false,
  messages: [], more: false, above: 0, loading: false, out: [], life: 0, introduced: true, agreed: true, lapsed: false, ...part,
});
const said = (id: string, at = 1, more: Partial<Message> = {}): Message => ({ id, own: true, text: id, files: [], at, ...more });
const welcome = (messages: Message[], more: object = {}) => ({ t: "welcome" as const, messages, more: false, unread: 0, known: true, ...more });

test("a welcome after a break joins on; one with reset begins anew", () => {
  const before = heard(state(), welcome([said("a"), said("b", 2)], { more: true }), 0);
  const joined = heard(before, welcome([said("b", 2), said("c", 3)]), 0);
  expect(joined.messages.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(joined.more).toBe(true);
  const anew = heard(before, welcome([said("x", 9)], { reset: true }), 0);
  expect(anew.messages.map(({ id }) => id)).toEqual(["x"]);
  expect(anew.more).toBe(false);
});

test("where history is not known yet, what comes live is no place to go on from", () => {
  const before = heard(state(), welcome([said("a"), said("b", 2)]), 0);
  expect(before.after).toBe("b");
  // The line broke; "c" came meanwhile, and the new welcome could not tell.
  const unread = heard(before, welcome([], { known: false }), 0);
  const live = heard(unread, { t: "message", message: said("d", 4) }, 0);
  expect(live.after).toBe("b");
  const told = heard(live, welcome([said("b", 2), said("c", 3), said("d", 4)]), 0);
  expect(told.after).toBe("d");
  expect(told.messages.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
  expect(heard(told, { t: "message", message: said("e", 5) }, 0).after).toBe("e");
});

test("after a reset that could not read the history it asks for the newest page", () => {
  const before = heard(state(), welcome([said("a")]), 0);
  const anew = heard(before, welcome([], { reset: true, known: false }), 0);
  expect([anew.after, anew.messages]).toEqual([undefined, []]);
  const live = heard(anew, { t: "message", message: said("x", 8) }, 0);
  expect(live.after).toBeUndefined();
  expect(heard(live, welcome([said("w", 7), said("x", 8)], { reset: true }), 0).after).toBe("x");
});

test("a page from the middle, asked for again, says nothing of what is above", () => {
  const before = heard(state(), welcome([said("m", 5), said("n", 6), said("o", 7)], { more: true, unread: 4 }), 0);
  const again = heard(before, { t: "older", messages: [said("n", 6, { text: "new" })], more: false }, 0);
  expect([again.more, again.above]).toEqual([true, 1]);
  expect(again.messages.map(({ text }) => text)).toEqual(["m", "new", "o"]);
  expect(heard(again, { t: "older", messages: [], more: false }, 0).more).toBe(false);
});

test("unread ones that are not loaded count, until they are loaded or read", () => {
  const before = heard(state(), welcome([said("y", 8), said("z", 9)], { more: true, unread: 5 }), 0);
  expect(missed(before)).toBe(5);
  const older = heard(before, { t: "older", messages: [said("w", 6), said("x", 7)], more: true }, 0);
  expect([missed(older), older.above]).toEqual([5, 1]);
  expect(missed(heard(older, { t: "message", message: said("zz", 10) }, 0))).toBe(6);
  expect(missed(sawUpTo(older, "z"))).toBe(0);
  expect(missed(heard(older, { t: "older", messages: [said("v", 5, { read: true })], more: false }, 0))).toBe(4);
});

test("after a break the unread above may only become fewer, and an unknown history says nothing of them", () => {
  const before = heard(state(), welcome([said("z", 9)], { more: true, unread: 3 }), 0);
  expect(missed(heard(before, welcome([], { known: false }), 0))).toBe(3);
  // Seen here, and the server has not heard of it yet.
  expect(missed(heard(sawUpTo(before, "z"), welcome([], { unread: 3 }), 0))).toBe(0);
  // Read on another device.
  expect(heard(before, welcome([said("z", 9)], { unread: 1 }), 0).above).toBe(0);
});

test("an acknowledged message stays in sight until the server's copy comes", () => {
  const entry = { msg: { t: "msg" as const, id: "mine", n: 1, at: 5, text: "hi" }, files: [] };
  const acked = heard(state({ out: [entry] }), { t: "ack", id: "mine" }, 0, entry);
  expect(acked.messages).toMatchObject([{ client: "mine", text: "hi" }]);
  const copied = heard(acked, { t: "message", message: said("s", 6, { own: false, client: "mine" }) }, 0);
  expect(heard(copied, { t: "ack", id: "mine" }, 0, entry).messages.map(({ id }) => id)).toEqual(["s"]);
});

test("an acknowledged message stands where the server says that it was taken, whatever this clock says", () => {
  const entry = { msg: { t: "msg" as const, id: "mine", n: 1, at: 900, text: "hi" }, files: [] };
  const acked = heard(state({ out: [entry] }), { t: "ack", id: "mine", at: 5 }, 0, entry);
  const answered = heard(acked, { t: "message", message: said("answer", 6) }, 0);
  expect(answered.messages.map(({ text }) => text)).toEqual(["hi", "answer"]);
});

test("the server's clock is learnt from each welcome; a word on its way is no difference", () => {
  const learnt = (now: number | undefined, before?: number) => heard(state({ skew: before }), welcome([], { now }), 100_000).skew;
  expect([learnt(100_900), learnt(98_500), learnt(40_000), learnt(200_000), learnt(undefined, 7)]).toEqual([0, 0, -60_000, 100_000, 7]);
});

test("a person whom the site vouches for no longer: nothing of them is shown, until somebody is known again", () => {
  const anna = heard(state({ token: "t1" }), welcome([said("a")], { person: { name: "Анна" }, unread: 1 }), 0);
  const over = heard(anna, welcome([], { reset: true, token: "t2" }), 0);
  expect(over).toMatchObject({ lapsed: true, token: "t2", person: undefined, messages: [], after: undefined });
  expect(heard(over, welcome([]), 0).lapsed).toBe(true);
  expect(heard(over, welcome([said("a")], { reset: true, token: "t3", person: { name: "" } }), 0).lapsed).toBe(false);
  // Too much was missed to join on.
  expect(heard(anna, welcome([said("z", 9)], { reset: true, person: { name: "Анна" } }), 0).lapsed).toBe(false);
  expect(heard(state({ token: "t" }), welcome([said("z", 9)], { reset: true }), 0).lapsed).toBe(false);
});

test("typing is over with the message, and what is deleted is gone", () => {
  const typing = heard(state(), { t: "typing", name: "Анна" }, 100);
  expect(typing.typing).toEqual({ name: "Анна", until: 6100 });
  const answered = heard(typing, { t: "message", message: said("a") }, 200);
  expect(answered.typing).toBeUndefined();
  expect(heard(answered, { t: "gone", id: "a" }, 300).messages).toEqual([]);
});

test("unknown frames change nothing", () => {
  const before = state();
  expect(heard(before, { t: "tomorrow" } as never, 0)).toBe(before);
});

const FIELDS = [{ name: "name", title: "", kind: "text" as const, required: true }];

test("who is asked what", () => {
  const closed = { open: false, online: 0 };
  const asking = configOf({ prechat: { mode: "required", fields: FIELDS }, offline: { mode: "form", fields: FIELDS } });
  expect(doing(state({ config: asking, introduced: false }))).toBe("introduce");
  expect(doing(state({ config: asking, introduced: true }))).toBe("write");
  expect(doing(state({ config: asking, introduced: false, office: closed }))).toBe("offline");
  expect(doing(state({ config: asking, introduced: false, office: closed, token: "t" }))).toBe("write");
  expect(doing(state({ config: asking, introduced: false, person: { name: "Анна" } }))).toBe("write");
  const signed = configOf({ require_identity: true });
  expect(doing(state({ config: signed }))).toBe("wait");
  expect(doing(state({ config: signed, welcomed: true }))).toBe("trouble");
  expect(doing(state({ config: signed, welcomed: true, person: { name: "Анна" } }))).toBe("write");
  expect(doing(state({ problem: "identity" }))).toBe("trouble");
});
