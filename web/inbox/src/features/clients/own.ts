import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CustomFilterSchema, FieldType } from "../../gen/okno/crm/v1/field_service_pb.ts";

// Conditions on fields of one's own: as they stand in the address, and as the server is asked.

export type Test =
  | { kind: "part"; text: string }
  | { kind: "number" | "date"; from: string; to: string }
  | { kind: "yes" | "filled"; is: boolean }
  | { kind: "option" | "reference"; ids: readonly string[] };
export type Own = { fieldId: string; test: Test };

/** As many the server takes. */
export const MOST_OWN = 5;

/** The condition that a field of this type has beside that it is filled in or not. */
export function kindOfType(type: FieldType): Test["kind"] {
  switch (type) {
    case FieldType.NUMBER:
      return "number";
    case FieldType.DATE:
      return "date";
    case FieldType.YES_NO:
      return "yes";
    case FieldType.LIST:
      return "option";
    case FieldType.REFERENCE:
      return "reference";
    default:
      return "part";
  }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/u;
const NUMBER = /^-?\d+(?:\.\d+)?$/u;

/** "<field> <kind> <value>", one after another, each part on its own safe for an address. */
export function ownOf(text: string): Own[] {
  const read = (one: string): Own[] => {
    const [fieldId = "", kind = "", ...rest] = one.split(" ").map(decode);
    const test = testOf(kind, rest);
    return fieldId && test ? [{ fieldId, test }] : [];
  };
  const all = text.split(";").filter(Boolean).flatMap(read);
  return all.filter(({ fieldId }, index) => all.findIndex((other) => other.fieldId === fieldId) === index).slice(0, MOST_OWN);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function testOf(kind: string, [first = "", second = ""]: readonly string[]): Test | undefined {
  const fits = (value: string): string => ((kind === "number" ? NUMBER : DAY).test(value) ? value : "");
  switch (kind) {
    case "part":
      return first ? { kind, text: first } : undefined;
    case "number":
    case "date":
      return fits(first) || fits(second) ? { kind, from: fits(first), to: fits(second) } : undefined;
    case "yes":
    case "filled":
      return { kind, is: first === "1" };
    case "option":
    case "reference":
      return first ? { kind, ids: first.split(",") } : undefined;
    default:
      return undefined;
  }
}

export function ownText(own: readonly Own[]): string {
  return own.map(({ fieldId, test }) => [fieldId, test.kind, ...partsOf(test)].map(encodeURIComponent).join(" ")).join(";");
}

function partsOf(test: Test): string[] {
  switch (test.kind) {
    case "part":
      return [test.text];
    case "number":
    case "date":
      return [test.from, test.to];
    case "yes":
    case "filled":
      return [test.is ? "1" : "0"];
    default:
      return [test.ids.join(",")];
  }
}

/** With this condition in its place, or without any on the field. */
export function withOwn(own: readonly Own[], fieldId: string, test: Test | undefined): Own[] {
  const known = own.some((one) => one.fieldId === fieldId);
  if (!test) return own.filter((one) => one.fieldId !== fieldId);
  if (known) return own.map((one) => (one.fieldId === fieldId ? { fieldId, test } : one));
  return own.length < MOST_OWN ? [...own, { fieldId, test }] : [...own];
}

export function customFilters(own: readonly Own[]): MessageInitShape<typeof CustomFilterSchema>[] {
  return own.map(({ fieldId, test }) => ({ fieldId, test: asked(test) }));
}

function asked(test: Test): NonNullable<MessageInitShape<typeof CustomFilterSchema>["test"]> {
  switch (test.kind) {
    case "part":
      return { case: "textPart", value: test.text };
    case "number":
      return { case: "number", value: { ...(test.from ? { from: Number(test.from) } : {}), ...(test.to ? { to: Number(test.to) } : {}) } };
    case "date":
      return { case: "date", value: { from: test.from, to: test.to } };
    case "yes":
      return { case: "yes", value: test.is };
    case "filled":
      return { case: "filled", value: test.is };
    case "option":
      return { case: "options", value: { ids: [...test.ids] } };
    case "reference":
      return { case: "references", value: { ids: [...test.ids] } };
  }
}
