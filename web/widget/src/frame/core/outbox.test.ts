import { beforeEach, expect, test } from "vitest";
import { Delivery } from "./delivery.ts";
import { Outbox } from "./outbox.ts";
import { LoaderStore } from "./store.ts";
import type { ClientFrame, Msg } from "../../shared/protocol.ts";

let store: LoaderStore;
let outbox: Outbox;
beforeEach(() => {
  store = new LoaderStore({}, () => undefined);
  outbox = new Outbox(store);
});

const texts = (): (string | undefined)[] => outbox.list().map(({ msg }) => msg.text);

test("keeps the order of writing, whatever the clock does", () => {
  outbox.add({ text: "one" }, [], 0, 100);
  outbox.add({ text: "two" }, [], 0, 50);
  outbox.add({ text: "three" }, [], 0, 50);
  expect(texts()).toEqual(["one", "two", "three"]);
});

test("outlives the page, and gives the same id again", () => {
  const { msg } = outbox.add({ text: "kept" }, []);
  const saved = Object.fromEntries(store.keys("").map((key) => [key, store.get(key) ?? ""]));
  const later = new Outbox(new LoaderStore(saved, () => undefined));
  expect(later.list()[0]?.msg).toEqual(msg);
});

test("what is spoiled is left out", () => {
  outbox.add({ text: "good" }, []);
  for (const [key, value] of [["out.1", "{"], ["out.2", "null"], ["out.3", '{"msg":{}}']] as const) store.changed(key, value);
  expect(texts()).toEqual(["good"]);
});

test("a refused one stays until it is tried again with its id, or taken back", () => {
  const { msg } = outbox.add({ text: "no" }, []);
  outbox.fail(msg.id, "too_large");
  expect(outbox.list()[0]?.failed).toBe("too_large");
  outbox.retry(msg.id);
  expect(outbox.list()[0]).toMatchObject({ msg: { id: msg.id }, files: [] });
  expect(outbox.list()[0]?.failed).toBeUndefined();
  expect(outbox.remove(msg.id)?.msg.text).toBe("no");
  expect(outbox.list()).toEqual([]);
});

function line() {
  const said: ClientFrame[] = [];
  const there = { up: true, known: true, skew: 0 };
  const delivery = new Delivery(outbox, {
    send: (frame) => there.up && said.push(frame) > 0,
    known: () => there.known,
    start: () => ({ t: "start" }),
    skew: () => there.skew,
  });
  const sent = (): (string | undefined)[] => said.filter((frame): frame is Msg => frame.t === "msg").map(({ text }) => text);
  return { said, there, delivery, sent };
}

const DAY_MS = 86_400_000;
const NOW = 1_790_000_000_000;

test.each([["two days ahead", -2 * DAY_MS], ["a year behind", 365 * DAY_MS]])("a clock that is %s: written before the server's time is known, it goes with that time and keeps it", (_, skew) => {
  const here = NOW - skew;
  const entry = outbox.add({ text: "early" }, [], undefined, here);
  expect([entry.msg.at, outbox.date(entry, undefined, here).dated]).toEqual([here, false]);
  const gone = outbox.date(entry, skew, here + 5000);
  expect(gone.msg.at).toBe(NOW);
  expect(outbox.list()).toEqual([gone]);
  // The clock was set right meanwhile: what the server may have keeps its date.
  expect(outbox.date(gone, 0, NOW + 60_000)).toEqual(gone);
  expect(outbox.add({ text: "later" }, [], skew, here + 7000).msg.at).toBe(NOW + 7000);
});

test("a clock that was set right between writing and sending: never in the server's future", () => {
  const entry = outbox.add({ text: "early" }, [], undefined, NOW + 2 * DAY_MS);
  expect(outbox.date(entry, 0, NOW).msg.at).toBe(NOW);
});

test("what an older widget has left: as it is, unless no server can ever have taken it", () => {
  const { dated: _, ...old } = outbox.add({ text: "old" }, [], 0, NOW - 1000);
  expect(outbox.date(old, -5000, NOW)).toEqual(old);
  const future = { ...old, msg: { ...old.msg, at: NOW + 2 * DAY_MS } };
  expect(outbox.date(future, -5000, NOW).msg.at).toBe(NOW - 5000);
});

test("one message at a time goes out, the next after the confirmation", () => {
  const { delivery, sent } = line();
  const first = outbox.add({ text: "one" }, []);
  outbox.add({ text: "two" }, []);
  delivery.kick();
  delivery.kick();
  expect(sent()).toEqual(["one"]);
  delivery.ack(first.msg.id);
  expect(sent()).toEqual(["one", "two"]);
  expect(texts()).toEqual(["two"]);
});

test("without a confirmation the same id goes out again on the next line", () => {
  const { delivery, said } = line();
  outbox.add({ text: "one" }, []);
  delivery.kick();
  delivery.reset();
  delivery.kick();
  expect(new Set(said.map((frame) => (frame as Msg).id)).size).toBe(1);
  expect(said).toHaveLength(2);
});

test("who has no token asks for one first, once", () => {
  const { delivery, said, there } = line();
  there.known = false;
  outbox.add({ text: "hello" }, []);
  delivery.kick();
  delivery.kick();
  expect(said.map(({ t }) => t)).toEqual(["start"]);
  there.known = true;
  delivery.started();
  expect(said.map(({ t }) => t)).toEqual(["start", "msg"]);
});

test("a refusal for good does not hold up the next, a refusal for now does", () => {
  const { delivery, sent } = line();
  const [first, second] = [outbox.add({ text: "one" }, []), outbox.add({ text: "two" }, [])];
  delivery.kick();
  delivery.nack(first.msg.id, "too_large");
  expect(sent()).toEqual(["one", "two"]);
  outbox.add({ text: "three" }, []);
  delivery.nack(second.msg.id, "rate", 1000);
  delivery.kick();
  expect(sent()).toEqual(["one", "two"]);
});
