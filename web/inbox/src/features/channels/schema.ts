import { type SettingsField, SettingsFieldKind, type SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";

export type Values = Readonly<Record<string, string>>;
export type FieldError = "required" | "pattern";

/** What a new account begins with. */
export function initialValues(schema: SettingsSchema | undefined): Values {
  return Object.fromEntries((schema?.fields ?? []).map((field) => [field.name, field.defaultValue]));
}

/** What is wrong with a value, by the gateway's own schema. A saved secret may stay empty. */
export function errorOf(field: SettingsField, value: string, saved: boolean): FieldError | undefined {
  if (!value) return field.required && !(field.secret && saved) && field.kind !== SettingsFieldKind.SWITCH ? "required" : undefined;
  return field.pattern && !fits(field.pattern, value) ? "pattern" : undefined;
}

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
