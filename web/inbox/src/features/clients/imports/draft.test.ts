import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ImportRowKind, ImportSchema } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { draftOf, hasName, mappingOf, withRows, withTarget } from "./draft.ts";

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

test("rows of contacts have columns of their own, say whose they are, and may be clients again", () => {
  const sheet = create(ImportSchema, { mapping: { heading: true, columns: [{ column: 0, target: "name" }, { column: 2, target: "addresses:phone" }] }, targets: ["name", "addresses:phone", "comment", "contact.name", "contact.addresses:phone"], contactColumns: [{ column: 0, target: "contact.name" }, { column: 2, target: "contact.addresses:phone" }] });
  const people = withRows(draftOf(sheet), sheet, ImportRowKind.CONTACT);
  expect(people.targets).toEqual({ 0: "contact.name", 2: "contact.addresses:phone" });
  expect(hasName(people)).toBe(false);
  expect(hasName(withTarget(people, 1, "inn"))).toBe(true);
  expect(hasName(withTarget(people, 0, "name"))).toBe(false);
  expect(withRows(withTarget(people, 1, "name"), sheet, ImportRowKind.CLIENT).targets, "a place for one goes to the first").toEqual({ 0: "name", 2: "addresses:phone" });
});

test("what the page does not offer stays as it was", () => {
  expect(mappingOf(draftOf(one), one.mapping)).toMatchObject({ heading: true, relations: [1], accessLevelIds: ["level"], columns: [{ column: 0, target: "name" }, { column: 2, target: "addresses:phone" }] });
});
