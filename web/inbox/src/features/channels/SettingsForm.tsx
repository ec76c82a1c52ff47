import { Switch } from "@mantine/core";
import { type SettingsField, SettingsFieldKind, type SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { Field } from "../../ui/Field.tsx";
import css from "./channels.module.css";
import { localText } from "./localText.ts";
import { errorOf, type Values } from "./schema.ts";

type Props = {
  schema: SettingsSchema;
  values: Values;
  /** What the server keeps: secrets as dots and their last four characters. Absent for a new account. */
  saved?: Values;
  /** Show what is missing. */
  tried: boolean;
  /** The field that the provider found fault with, and why. */
  fault?: { field: string; problem: string } | undefined;
  onChange: (name: string, value: string) => void;
};

/** A form made of the gateway's schema: the page holds no form of a channel. */
export function SettingsForm({ schema, ...rest }: Props) {
  useT();
  const plain = schema.fields.filter((field) => !field.advanced);
  const advanced = schema.fields.filter((field) => field.advanced);
  return (
    <>
      {plain.map((field) => (
        <One key={field.name} field={field} {...rest} />
      ))}
      {advanced.length > 0 && (
        <details className={css.advanced}>
          <summary>{t("connect.advanced")}</summary>
          <div className={css.form}>
            {advanced.map((field) => (
              <One key={field.name} field={field} {...rest} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function One({ field, values, saved, tried, fault, onChange }: Omit<Props, "schema"> & { field: SettingsField }) {
  const value = values[field.name] ?? "";
  const kept = field.secret ? (saved?.[field.name] ?? "") : "";
  const wrong = errorOf(field, value, kept !== "");
  const error = fault?.field === field.name ? fault.problem : wrong && (tried || (wrong === "pattern" && value)) ? errorText(field, wrong) : undefined;
  const set = (next: string): void => onChange(field.name, next);
  if (field.kind === SettingsFieldKind.SWITCH) {
    return <Switch label={localText(field.title)} description={localText(field.help)} checked={value === "true"} onChange={(event) => set(String(event.currentTarget.checked))} />;
  }
  const hint = kept ? t("connect.secretKept", { value: kept }) : localText(field.help);
  return (
    <Field label={localText(field.title)} hint={hint} error={error}>
      {(props) => <Control field={field} value={value} set={set} props={props} />}
    </Field>
  );
}

type ControlProps = { field: SettingsField; value: string; set: (next: string) => void; props: Parameters<React.ComponentProps<typeof Field>["children"]>[0] };

function Control({ field, value, set, props }: ControlProps) {
  switch (field.kind) {
    case SettingsFieldKind.CHOICE:
      return (
        <select {...props} value={value} onChange={(event) => set(event.target.value)}>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {localText(choice.title) || choice.value}
            </option>
          ))}
        </select>
      );
    case SettingsFieldKind.LINES:
      return <textarea {...props} rows={Math.min(8, Math.max(3, value.split("\n").length))} spellCheck={false} required={field.required} placeholder={field.placeholder} value={value} onChange={(event) => set(event.target.value)} />;
    case SettingsFieldKind.COLOR:
      return <Colour field={field} value={value} set={set} props={props} />;
    default:
      return (
        <input
          {...props}
          type={field.secret ? "password" : field.kind === SettingsFieldKind.URL ? "url" : "text"}
          inputMode={field.kind === SettingsFieldKind.NUMBER ? "numeric" : undefined}
          autoComplete={field.secret ? "new-password" : "off"}
          spellCheck={false}
          required={field.required}
          placeholder={field.placeholder}
          value={value}
          onChange={(event) => set(field.secret || field.kind !== SettingsFieldKind.TEXT ? event.target.value.trim() : event.target.value)}
        />
      );
  }
}

const A_COLOUR = /^#[0-9a-f]{6}$/iu;

/** Typed, or picked: both say the same. */
function Colour({ field, value, set, props }: ControlProps) {
  return (
    <div className={css.colour}>
      <input type="color" aria-label={localText(field.title)} value={A_COLOUR.test(value) ? value : A_COLOUR.test(field.defaultValue) ? field.defaultValue : undefined} onChange={(event) => set(event.target.value)} />
      <input {...props} spellCheck={false} autoComplete="off" maxLength={7} required={field.required} placeholder={field.placeholder || field.defaultValue} value={value} onChange={(event) => set(event.target.value.trim())} />
    </div>
  );
}

function errorText(field: SettingsField, error: "required" | "pattern"): string {
  if (error === "required") return t("connect.required");
  return field.placeholder ? t("connect.pattern", { example: field.placeholder }) : t("connect.patternPlain");
}
