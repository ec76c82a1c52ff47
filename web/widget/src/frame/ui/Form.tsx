import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import type { Field } from "../../shared/config.ts";
import type { FormValue } from "../../shared/protocol.ts";
import { t } from "../i18n/index.ts";
import { Consent } from "./Consent.tsx";
import { titleOf, wrong } from "./fields.ts";
import { useChat, usePlace } from "./place.ts";

type Props = { title: string; hint: string; go: string; fields: Field[]; onDone: (values: FormValue[], text: string) => void; onSkip?: () => void; message?: boolean; children?: ComponentChildren };

const MESSAGE: Field = { name: "message", title: "", kind: "text", required: true };

/** A short form: labels above, mistakes beside the field, the focus on the first of them. */
export function Form({ title, hint, go, fields, onDone, onSkip, message }: Props): VNode {
  const { session, store } = usePlace();
  const { agreed } = useChat();
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(fields.map(({ name }) => [name, session.forms.known(name)])));
  const [text, setText] = useState(store.get("draft") ?? "");
  const [tried, setTried] = useState(false);
  const all = message ? [MESSAGE, ...fields] : fields;
  const valueOf = ({ name }: Field): string => (name === MESSAGE.name && message ? text : (values[name] ?? ""));

  const submit = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    const bad = all.find((field) => wrong(field, valueOf(field)));
    if (bad) return document.getElementById(`field-${bad.name}`)?.focus();
    if (!agreed) return document.getElementById("consent")?.focus();
    store.set("draft", null);
    onDone(fields.map((field) => ({ name: field.name, title: titleOf(field), value: valueOf(field).trim() })), text);
  };
  const write = (value: string): void => {
    setText(value);
    store.set("draft", value || null);
  };
  return (
    <form class="form" noValidate onSubmit={submit}>
      <h2>{title}</h2>
      <p class="hint">{hint}</p>
      {message ? <Entry field={{ ...MESSAGE, title: t("offline.message") }} value={text} tried={tried} long onInput={write} /> : null}
      {fields.map((field) => (
        <Entry key={field.name} field={field} value={valueOf(field)} tried={tried} onInput={(value) => setValues({ ...values, [field.name]: value })} />
      ))}
      <Consent missing={tried} />
      <div class="actions">
        <button type="submit" class="primary">{go}</button>
        {onSkip ? <button type="button" class="quiet" onClick={onSkip}>{t("form.skip")}</button> : null}
      </div>
    </form>
  );
}

const COMPLETE: Record<string, string> = { name: "name", phone: "tel", email: "email" };
const TYPES = { text: "text", phone: "tel", email: "email", select: "text" } as const;

type EntryProps = { field: Field; value: string; tried: boolean; long?: boolean; onInput: (value: string) => void };

function Entry({ field, value, tried, long, onInput }: EntryProps): VNode {
  const mistake = tried ? wrong(field, value) : "";
  const id = `field-${field.name}`;
  const common = {
    id, value, name: field.name, "aria-invalid": mistake ? ("true" as const) : undefined, "aria-describedby": `${id}-why`, "aria-required": field.required ? ("true" as const) : undefined,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement }) => onInput(currentTarget.value),
  };
  return (
    <div class="entry">
      <label for={id}>
        {titleOf(field)}
        {field.required ? null : <small> {t("form.optional")}</small>}
      </label>
      {long ? (
        <textarea {...common} rows={3} />
      ) : field.kind === "select" ? (
        <select {...common}>
          <option value="">{t("form.choose")}</option>
          {field.options?.map((option) => <option value={option.value}>{option.title}</option>)}
        </select>
      ) : (
        <input {...common} type={TYPES[field.kind] as "text"} autocomplete={COMPLETE[field.name] ?? "off"} maxLength={500} />
      )}
      <p id={`${id}-why`} class="wrong">{mistake}</p>
    </div>
  );
}
