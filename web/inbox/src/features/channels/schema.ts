import { type SettingsField, SettingsFieldKind, type SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";

export type Values = Readonly<Record<string, string>>;
export type FieldError = "required" | "pattern";

/** What a new account begins with. */
export function initialValues(schema: SettingsSchema | undefined): Values {
  return Object.fromEntries((schema?.fields ?? []).map((field) => [field.name, field.defaultValue]));
}

/** What is wrong with a value, by the gateway's own schema. A saved secret may stay empty. */
export function errorOf(field: SettingsField, value: string, saved: boolean): FieldError | undefined {
  if (!value.trim()) return field.required && !(field.secret && saved) && field.kind !== SettingsFieldKind.SWITCH ? "required" : undefined;
  const lines = field.kind === SettingsFieldKind.LINES ? value.split("\n").map((line) => line.trim()).filter(Boolean) : [value];
  const patterns = [field.pattern, KIND_PATTERNS[field.kind]].filter((pattern) => pattern !== undefined && pattern !== "");
  return lines.every((line) => patterns.every((pattern) => fits(pattern ?? "", line))) ? undefined : "pattern";
}

/** What the kind itself asks for. */
const KIND_PATTERNS: Partial<Record<SettingsFieldKind, string>> = {
  [SettingsFieldKind.NUMBER]: "^-?\\d+(?:\\.\\d+)?$",
  [SettingsFieldKind.COLOR]: "^#[0-9a-fA-F]{6}$",
};

export function isComplete(schema: SettingsSchema | undefined, values: Values, saved: boolean): boolean {
  return (schema?.fields ?? []).every((field) => errorOf(field, values[field.name] ?? "", saved) === undefined);
}

/** Without secrets that were left alone: those keep their value on the server. */
export function changedSettings(schema: SettingsSchema | undefined, values: Values): Record<string, string> {
  const secrets = new Set((schema?.fields ?? []).filter((field) => field.secret).map((field) => field.name));
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== "" || !secrets.has(name)));
}

function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    // A pattern that this engine cannot read is the server's to check.
    return true;
  }
}
