import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ImportSchema } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { draftOf, hasName, mappingOf, withTarget } from "./draft.ts";

const one = create(ImportSchema, { mapping: { heading: true, columns: [{ column: 0, target: "name" }, { column: 2, target: "addresses:phone" }], relations: [1], accessLevelIds: ["level"] } });

test("a place that takes one column is taken from the other, one that takes many is shared", () => {
  const draft = draftOf(one);
  expect(withTarget(draft, 1, "name").targets).toEqual({ 1: "name", 2: "addresses:phone" });
  expect(withTarget(draft, 1, "addresses:phone").targets).toEqual({ 0: "name", 1: "addresses:phone", 2: "addresses:phone" });
  expect(withTarget(draft, 0, "").targets).toEqual({ 2: "addresses:phone" });
});

test("some column must make a name", () => {
  const draft = draftOf(one);
  expect(hasName(draft)).toBe(true);
  expect(hasName(withTarget(draft, 0, "contact.name"))).toBe(false);
  expect(hasName(withTarget(draft, 0, "surname"))).toBe(true);
});

test("what the page does not offer stays as it was", () => {
  expect(mappingOf(draftOf(one), one.mapping)).toMatchObject({ heading: true, relations: [1], accessLevelIds: ["level"], columns: [{ column: 0, target: "name" }, { column: 2, target: "addresses:phone" }] });
});
