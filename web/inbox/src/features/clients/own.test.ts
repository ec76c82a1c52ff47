import { expect, test } from "vitest";
import { FieldType } from "../../gen/okno/crm/v1/field_service_pb.ts";
import { customFilters, kindOfType, MOST_OWN, type Own, ownOf, ownText, withOwn } from "./own.ts";

const ALL: readonly Own[] = [
  { fieldId: "a", test: { kind: "part", text: "чай; и %кофе" } },
  { fieldId: "b", test: { kind: "number", from: "-1.5", to: "" } },
  { fieldId: "c", test: { kind: "date", from: "2026-01-01", to: "2026-12-31" } },
  { fieldId: "d", test: { kind: "filled", is: false } },
  { fieldId: "e", test: { kind: "option", ids: ["x", "y"] } },
];

test("conditions stand in the address and come back from it", () => {
  expect(ownOf(ownText(ALL))).toEqual(ALL);
  expect(ownOf("")).toEqual([]);
});

test("what nobody could have set is left out", () => {
  expect(ownOf("a number x y;b constructor 1;c part;%E0%A4%A part x;d yes 1;d yes 0;f date 2026-1-1 2026-02-01")).toEqual([
    { fieldId: "d", test: { kind: "yes", is: true } },
    { fieldId: "f", test: { kind: "date", from: "", to: "2026-02-01" } },
  ]);
});

test("a field has one condition, and no more fields than the server takes", () => {
  const yes = { kind: "yes", is: true } as const;
  expect(ALL.length).toBe(MOST_OWN);
  expect(withOwn(ALL, "z", yes)).toEqual(ALL);
  expect(withOwn(ALL, "b", yes)[1]).toEqual({ fieldId: "b", test: yes });
  expect(withOwn(ALL, "b", undefined).map(({ fieldId }) => fieldId)).toEqual(["a", "c", "d", "e"]);
});

test("the server is asked by the type of the field", () => {
  expect(customFilters(ALL).map(({ test: asked }) => asked?.case)).toEqual(["textPart", "number", "date", "filled", "options"]);
  expect(customFilters(ALL)[1]?.test).toEqual({ case: "number", value: { from: -1.5 } });
  expect(kindOfType(FieldType.LIST)).toBe("option");
});
