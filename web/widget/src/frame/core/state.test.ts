import { expect, test } from "vitest";
import { configOf } from "../../shared/config.ts";
import type { Message } from "../../shared/protocol.ts";
import { doing } from "../ui/doing.ts";
import { heard, type State } from "./state.ts";

const state = (part: Partial<State> = {}): State => ({
  config: configOf({}), mode: "panel", view: { open: true, focus: false, phone: false }, status: "online", welcomed: false, known: false,
  messages: [], more: false, loading: false, out: [], life: 0, introduced: true, agreed: true, ...part,
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

test("an acknowledged message stays in sight until the server's copy comes", () => {
  const entry = { msg: { t: "msg" as const, id: "mine", n: 1, at: 5, text: "hi" }, files: [] };
  const acked = heard(state({ out: [entry] }), { t: "ack", id: "mine" }, 0, entry);
  expect(acked.messages).toMatchObject([{ client: "mine", text: "hi" }]);
  const copied = heard(acked, { t: "message", message: said("s", 6, { own: false, client: "mine" }) }, 0);
  expect(heard(copied, { t: "ack", id: "mine" }, 0, entry).messages.map(({ id }) => id)).toEqual(["s"]);
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
