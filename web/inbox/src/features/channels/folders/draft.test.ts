import { expect, test } from "vitest";
import { create, equals } from "@bufbuild/protobuf";
import { FolderField, FolderGroupKind, FolderOperator, FolderRuleSchema } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { countTests, draftOf, isComplete, newDraft, ruleOf } from "./draft.ts";

const contains = (value: string) => ({ what: { case: "test" as const, value: { field: FolderField.SUBJECT, operator: FolderOperator.CONTAINS, values: [value] } } });
const rule = create(FolderRuleSchema, {
  ruleId: "1",
  name: "Счета",
  folderId: "2",
  condition: { what: { case: "group", value: { kind: FolderGroupKind.ANY, conditions: [contains("счёт"), { what: { case: "group", value: { kind: FolderGroupKind.ALL, conditions: [contains("акт"), contains("март")] } } }] } } },
});

test("a rule is the same after it was shown and not changed", () => {
  expect(equals(FolderRuleSchema, ruleOf(draftOf(rule)), rule)).toBe(true);
  expect(draftOf(rule)).toEqual(draftOf(rule));
  expect(countTests(draftOf(rule).when)).toBe(3);
  const plain = create(FolderRuleSchema, { ruleId: "1", folderId: "2", condition: contains("счёт") });
  expect(equals(FolderRuleSchema, ruleOf(draftOf(plain)), plain)).toBe(true);
});

test("a rule is complete when each question has its values and the folder is named", () => {
  const draft = newDraft();
  expect(isComplete(draft)).toBe(false);
  const [first] = draft.when.parts;
  const filled = { ...draft, folderId: "2", when: { ...draft.when, parts: [{ ...first, key: "", field: FolderField.TO, operator: FolderOperator.IN_LIST, values: " a \n\nb" }] } };
  expect(isComplete(filled)).toBe(true);
  expect(ruleOf(filled).condition?.what.value).toMatchObject({ values: ["a", "b"] });
  expect(isComplete({ ...filled, when: { ...draft.when, parts: [] } })).toBe(false);
});
