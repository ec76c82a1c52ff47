import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { type ChannelTemplate, TemplateHeaderKind, TemplatePlace, type TemplateVariable } from "../../../gen/okno/channel/v1/template_pb.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Field } from "../../../ui/Field.tsx";
import type { OutFile } from "../outFile.ts";
import { gaps, needsFile, pieces, prefilled, type Values } from "./filled.ts";
import css from "./TemplatePicker.module.css";

type Props = { template: ChannelTemplate; conversation: Conversation; files: readonly OutFile[]; onBack: () => void; onSend: (values: Values) => void };

/** The places of a template, and how it reads. What is missing is marked in both before anything is sent. */
export function TemplateForm({ template, conversation, files, onBack, onSend }: Props) {
  const [values, setValues] = useState(() => prefilled(template, conversation.person?.displayName ?? ""));
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const missing = gaps(template, values);
  const file = fileProblem(template, files);
  const submit = (): void => {
    setTried(true);
    const first = missing[0];
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first)}"]`)?.focus();
    else if (!file) onSend(values);
  };
  return (
    <form
      ref={form}
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && (event.preventDefault(), submit())}
    >
      <div className={css.fields}>
        {template.variables.map((variable, index) => (
          <Field key={variable.name} label={labelOf(template, variable, index)} hint={variable.example && t("templates.example", { example: variable.example })} error={tried && missing.includes(variable.name) ? errorOf(values[variable.name]) : undefined}>
            {(props) => <input {...props} name={variable.name} data-autofocus={index === 0 || undefined} autoFocus={index === 0} value={values[variable.name] ?? ""} onChange={(event) => setValues({ ...values, [variable.name]: event.target.value })} />}
          </Field>
        ))}
        {template.variables.length === 0 && <p className={css.hint}>{t("templates.noPlaces")}</p>}
        {file && (
          <p className={css.problem} role="alert">
            {file}
          </p>
        )}
      </div>
      <Preview template={template} values={values} />
      <div className={css.buttons}>
        <Button variant="default" onClick={onBack}>
          {t("templates.back")}
        </Button>
        <Button type="submit" autoFocus={template.variables.length === 0} aria-disabled={missing.length > 0 || file !== ""}>
          {t("composer.send")}
        </Button>
      </div>
    </form>
  );
}

/** As the person will see it; empty places are marked. */
function Preview({ template, values }: { template: ChannelTemplate; values: Values }) {
  const names = new Set(template.variables.map(({ name }) => name));
  const shown = (text: string) =>
    pieces(text, names, values).map((piece, index) =>
      piece.variable && !piece.text.trim() ? (
        <mark key={index} className={css.gap}>
          {t("templates.gap")}
        </mark>
      ) : (
        <span key={index}>{piece.text}</span>
      ),
    );
  return (
    <section className={css.preview} aria-label={t("templates.preview")}>
      <div className={css.bubble}>
        {template.headerKind === TemplateHeaderKind.TEXT && <p className={css.header}>{shown(template.headerText)}</p>}
        <p>{shown(template.body)}</p>
        {template.footer && <p className={css.footer}>{template.footer}</p>}
      </div>
      {template.buttons.map((button, index) => (
        <p key={index} className={css.button}>
          {button.title}
        </p>
      ))}
    </section>
  );
}

function labelOf(template: ChannelTemplate, { place, button }: TemplateVariable, index: number): string {
  const n = index + 1;
  if (place === TemplatePlace.HEADER) return t("templates.inHeader", { n });
  if (place === TemplatePlace.BUTTON) return t("templates.inButton", { n, button: template.buttons[button]?.title ?? "" });
  return t("templates.inBody", { n });
}

function errorOf(value: string | undefined): string {
  return value?.trim() ? t("templates.tooLong") : t("templates.empty");
}

/** Empty: the files fit the header. */
function fileProblem(template: ChannelTemplate, files: readonly OutFile[]): string {
  if (needsFile(template)) return files.length === 1 ? "" : t("templates.needsFile");
  return files.length === 0 ? "" : t("templates.takesNoFile");
}
