import { expect, test } from "vitest";
import { ClientKind, ClientOrder } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { filterOf, isNarrowed, NOBODY, orderOf, readQuery, searchOf, widest } from "./query.ts";

test("what stands in the address comes back from it", () => {
  const search = { q: "чай", kind: "company", responsible: `a,${NOBODY}`, importance: "2,4", archived: true, order: "updated" } as const;
  const query = readQuery(search);
  expect(Object.fromEntries(Object.entries(searchOf(query)).filter(([, value]) => value !== undefined))).toEqual(search);
  expect(orderOf(query)).toBe(ClientOrder.UPDATED);
});

test("what nobody could have chosen is not asked for", () => {
  const query = readQuery({ q: 7, kind: "toString", order: "constructor", importance: "x,3", archived: "yes", tag: ["a"] });
  expect(filterOf(query)).toMatchObject({ query: "", kind: ClientKind.UNSPECIFIED, importances: [3], archived: false, tagIds: [] });
  expect(orderOf(query)).toBe(ClientOrder.NAME);
});

test("nobody is beside the people, not one of them", () => {
  expect(filterOf(readQuery({ responsible: `a,${NOBODY}` }))).toMatchObject({ responsibleEmployeeIds: ["a"], withoutResponsible: true });
});

test("reset widens and keeps the order", () => {
  const query = readQuery({ q: "чай", order: "created" });
  expect(isNarrowed(query)).toBe(true);
  expect(isNarrowed(widest(query))).toBe(false);
  expect(widest(query).order).toBe("created");
});
