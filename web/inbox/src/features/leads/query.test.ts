import { expect, test } from "vitest";
import { LeadState } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { filterOf, isNarrowed, NOBODY, orderOf, readQuery, searchOf, widest } from "./query.ts";

const NOW = Date.UTC(2026, 10, 27, 10, 30);

test("an address reads as it was written, whatever sources are called", () => {
  const query = { ...readQuery({}), text: "Ким", states: ["declined" as const], people: ["e-1", NOBODY], channels: ["email"], sources: ["Директ, поиск", "Выставка"], silent: 14, order: "score" as const };
  expect(readQuery(searchOf(query))).toEqual(query);
  expect(searchOf(readQuery({}))).toEqual({});
});

test("the list begins with what is open; everything is a choice as well", () => {
  expect(filterOf(readQuery({}), NOW).states).toEqual([LeadState.NEW, LeadState.REPEATED]);
  const all = readQuery({ state: "all" });
  expect(filterOf(all, NOW).states).toEqual([]);
  expect(readQuery(searchOf(all))).toEqual(all);
  expect(isNarrowed(all)).toBe(true);
  expect(isNarrowed(widest(all))).toBe(false);
});

test("untouched days are counted from the whole hour, so that the question stays the same", () => {
  const query = readQuery({ silent: 3 });
  const { untouchedSince } = filterOf(query, NOW);
  expect(Number(untouchedSince?.seconds) * 1000).toBe(Date.UTC(2026, 10, 24, 10));
  expect(filterOf(query, NOW + 60_000)).toEqual(filterOf(query, NOW));
  expect(filterOf(readQuery({}), NOW).untouchedSince).toBeUndefined();
});

test("what an address may not say is left out", () => {
  const query = readQuery({ silent: -1, order: "toString", source: "{", state: "new,x", q: 7 });
  expect(query).toMatchObject({ silent: 0, order: "created", sources: [], states: ["new"], text: "7" });
  expect(orderOf(query)).toBe(orderOf(readQuery({})));
});
