import { create } from "@bufbuild/protobuf";
import { type FolderCondition, FolderConditionSchema, FolderField, FolderGroupKind, FolderOperator, type FolderRule, FolderRuleSchema } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import type { Key } from "../../../i18n/index.ts";
import { t } from "../../../i18n/index.ts";
import { newId } from "../../../rpc/ids.ts";

/** A test as it is typed; its values are lines. */
export type Test = { key: string; field: FolderField; operator: FolderOperator; values: string };
export type Group = { key: string; any: boolean; parts: readonly Part[] };
export type Part = Test | Group;
/** A rule as it is edited; on the page a rule is a group, however plain its condition is. */
export type Draft = { ruleId: string; name: string; off: boolean; folderId: string; when: Group };

export const FIELDS: readonly (readonly [FolderField, Key])[] = [
  [FolderField.FROM, "rules.field.from"],
  [FolderField.FROM_DOMAIN, "rules.field.domain"],
  [FolderField.TO, "rules.field.to"],
  [FolderField.SUBJECT, "rules.field.subject"],
  [FolderField.TEXT, "rules.field.text"],
  [FolderField.ATTACHMENT, "rules.field.attachment"],
];

export const OPERATORS: readonly (readonly [FolderOperator, Key])[] = [
  [FolderOperator.CONTAINS, "rules.operator.contains"],
  [FolderOperator.NOT_CONTAINS, "rules.operator.notContains"],
  [FolderOperator.EQUALS, "rules.operator.equals"],
  [FolderOperator.NOT_EQUALS, "rules.operator.notEquals"],
  [FolderOperator.IN_LIST, "rules.operator.inList"],
  [FolderOperator.NOT_IN_LIST, "rules.operator.notInList"],
  [FolderOperator.FILLED, "rules.operator.filled"],
  [FolderOperator.NOT_FILLED, "rules.operator.notFilled"],
];

export const DEEPEST = 3;
export const MOST_TESTS = 20;
export const MOST_RULES = 100;

/** How many values an operator takes. */
export function takes(operator: FolderOperator): "none" | "one" | "many" {
  if (operator === FolderOperator.FILLED || operator === FolderOperator.NOT_FILLED) return "none";
  return operator === FolderOperator.IN_LIST || operator === FolderOperator.NOT_IN_LIST ? "many" : "one";
}

export function isGroup(part: Part): part is Group {
  return "parts" in part;
}

export function newTest(): Test {
  return { key: newId(), field: FolderField.SUBJECT, operator: FolderOperator.CONTAINS, values: "" };
}

export function newGroup(): Group {
  return { key: newId(), any: false, parts: [newTest()] };
}

export function newDraft(): Draft {
  return { ruleId: newId(), name: "", off: false, folderId: "", when: newGroup() };
}

/** The keys follow the place: the same rules give the same drafts. */
export function draftOf({ ruleId, name, off, folderId, condition }: FolderRule): Draft {
  const part = partOf(condition, "0");
  const when = part && isGroup(part) ? part : { key: "", any: false, parts: part ? [part] : [] };
  return { ruleId, name, off, folderId, when };
}

function partOf(condition: FolderCondition | undefined, key: string): Part | undefined {
  const what = condition?.what;
  if (what?.case === "test") return { key, field: what.value.field, operator: what.value.operator, values: what.value.values.join("\n") };
  if (what?.case !== "group") return undefined;
  const parts = what.value.conditions.map((inner, index) => partOf(inner, `${key}.${index}`)).filter((inner) => inner !== undefined);
  return { key, any: what.value.kind === FolderGroupKind.ANY, parts };
}

export function ruleOf({ ruleId, name, off, folderId, when }: Draft): FolderRule {
  const [only] = when.parts;
  const condition = conditionOf(only && when.parts.length === 1 ? only : when);
  return create(FolderRuleSchema, { ruleId, name: name.trim(), off, folderId, condition });
}

function conditionOf(part: Part): FolderCondition {
  if (isGroup(part)) return create(FolderConditionSchema, { what: { case: "group", value: { kind: part.any ? FolderGroupKind.ANY : FolderGroupKind.ALL, conditions: part.parts.map(conditionOf) } } });
  return create(FolderConditionSchema, { what: { case: "test", value: { field: part.field, operator: part.operator, values: valuesOf(part) } } });
}

export function valuesOf({ operator, values }: Test): string[] {
  const lines = values.split("\n").map((line) => line.trim()).filter(Boolean);
  const how = takes(operator);
  return how === "none" ? [] : how === "one" ? lines.slice(0, 1) : lines;
}

export function isComplete({ folderId, when }: Draft): boolean {
  return folderId !== "" && isWhole(when);
}

export function isWhole(part: Part): boolean {
  if (isGroup(part)) return part.parts.length > 0 && part.parts.every(isWhole);
  return takes(part.operator) === "none" || valuesOf(part).length > 0;
}

export function countTests(part: Part): number {
  return isGroup(part) ? part.parts.reduce((sum, inner) => sum + countTests(inner), 0) : 1;
}

/** The condition in words: "Тема содержит «счёт» и Вложение заполнено". */
export function words(part: Part): string {
  if (isGroup(part)) return part.parts.map((inner) => (isGroup(inner) && inner.parts.length > 1 ? `(${words(inner)})` : words(inner))).join(t(part.any ? "rules.or" : "rules.and"));
  const name = (list: readonly (readonly [number, Key])[], value: number): string => t(list.find(([one]) => one === value)?.[1] ?? "rules.field");
  const values = valuesOf(part).map((value) => `«${value}»`).join(", ");
  return `${name(FIELDS, part.field)} ${name(OPERATORS, part.operator)} ${values}`.trim();
}
