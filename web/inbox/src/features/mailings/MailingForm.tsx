import { Button } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { keyOf, useCommand } from "../../app/commands.ts";
import { duration } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { useMe } from "../../rpc/session.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import { LeaveGuard } from "../../ui/form/LeaveGuard.tsx";
import { News } from "../../ui/form/News.tsx";
import { PickButton } from "../../ui/form/PickButton.tsx";
import { useEdit } from "../../ui/form/useEdit.ts";
import { KeyCap } from "../../ui/KeyCap.tsx";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { type Draft, FASTEST, type Form } from "./draft.ts";
import { gapsOf } from "./letter.ts";
import css from "./mailings.module.css";
import { Preview } from "./Preview.tsx";
import { useMailableBoxes, useMailboxes } from "./queries.ts";
import { MOST, Recipients } from "./Recipients.tsx";
import { useSave } from "./useSave.ts";

const MINUTE_MS = 60_000;
const NAMED = 5;

type Props = { initial: Draft; afterMailingId: string };

/** A mailing before its start: what is written, to whom, and how each of them will read it. */
export function MailingForm({ initial, afterMailingId }: Props) {
  useT();
  const [draft, setDraft] = useState(initial);
  const { mailing } = draft;
  const edit = useEdit(draft.form, mailing?.etag ?? "");
  const { form } = edit;
  const [at, setAt] = useState(0);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState<"start" | "delete" | undefined>();
  const accounts = useMailboxes();
  const offered = useMailableBoxes();
  const { save, start, remove, busy, problem, forget, left } = useSave(mailing, afterMailingId, setDraft);
  const dirty = edit.dirty.length > 0;
  const change = (part: Partial<Form>): void => (forget(), edit.change(part));
  const columns = useMemo(() => [...new Set(form.people.flatMap((person) => Object.keys(person.values)))], [form.people]);
  const gaps = useMemo(() => gapsOf(form.subject, form.text, form.people), [form.subject, form.text, form.people]);
  const me = useMe().employee?.name ?? "";
  const signed = (accountId: string): string => signatureOf(accounts.find((account) => account.accountId === accountId)?.signature ?? "", me);
  const wrong = wrongOf(form, signed(form.accountId));
  const ready = Object.keys(wrong).length === 0;
  const keep = (): void => {
    setTried(true);
    if (!busy && !wrong.accountId && !wrong.name && !wrong.perMinute) save(form, edit.dirty);
  };
  const begin = (): void => {
    setTried(true);
    if (!busy && ready && gaps.length === 0) setAsking("start");
  };
  useCommand("form.save", keep, { within: "anywhere", enabled: dirty });
  const shown = tried ? wrong : {};
  const refusal = problem?.reason === "ETAG_MISMATCH" ? (edit.news.length > 0 ? "" : t("form.stale")) : problem && problemText(problem);
  const startWords = form.people.length > 0 ? t("mailing.startN", { n: form.people.length }) : t("mailing.start");
  return (
    <>
      <Section title={t("mailing.general")}>
        <div className={css.form}>
          <PickButton
            label={t("mailing.account")}
            hint={t("mailing.accountHint")}
            error={shown.accountId}
            disabled={mailing !== undefined}
            value={accounts.find(({ accountId }) => accountId === form.accountId)?.name ?? ""}
            placeholder={t("mailing.accountNone")}
            items={() => offered.map(({ accountId, name, status }) => ({ id: accountId, name, ...(status?.identity && { hint: status.identity }) }))}
            onPick={(accountId) => change({ accountId, ...(form.text.trim() === signed(form.accountId).trim() && { text: signed(accountId) }) })}
          />
          <Field label={t("mailing.name")} hint={t("mailing.nameHint")} error={shown.name}>
            {(props) => <input {...props} maxLength={100} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
          </Field>
          <Field label={t("mailing.pace")} hint={t("mailing.paceHint")} error={shown.perMinute}>
            {(props) => <input {...props} type="number" inputMode="numeric" min={1} max={FASTEST} value={form.perMinute || ""} onChange={(event) => change({ perMinute: Number(event.target.value) })} />}
          </Field>
        </div>
      </Section>
      <Section title={t("mailing.whom")}>
        <Recipients people={form.people} error={shown.people} onChange={(people) => (setAt(0), change({ people }))} />
      </Section>
      <Section title={t("mailing.letter")}>
        <Letter form={form} columns={columns} wrong={shown} onChange={change} />
      </Section>
      <Section title={t("mailing.preview")}>
        <Preview subject={form.subject} text={form.text} people={form.people} at={Math.min(at, Math.max(0, form.people.length - 1))} onAt={setAt} />
        {gaps.length > 0 && (
          <Strip tone="amber">
            {t("mailing.gaps", { n: gaps.length })}{" "}
            {gaps.slice(0, NAMED).map(({ person, at: place, missing, long }) => (
              <button key={person.address} type="button" className={css.gap} onClick={() => setAt(place)}>
                {person.address} ({[...missing, long && t("mailing.long")].filter(Boolean).join(", ")})
              </button>
            ))}
          </Strip>
        )}
      </Section>
      <News edit={edit} name={fieldName} say={sayField} />
      {refusal && <Strip tone="red">{refusal}</Strip>}
      <div className={css.buttons}>
        <Button loading={busy} onClick={begin}>
          {startWords}
        </Button>
        <Button variant="default" disabled={busy || !dirty} onClick={keep} rightSection={<KeyCap>{keyOf("form.save")}</KeyCap>}>
          {t("mailing.keep")}
        </Button>
        {mailing && (
          <Button variant="default" disabled={busy} onClick={() => setAsking("delete")}>
            {t("mailing.delete")}
          </Button>
        )}
      </div>
      {asking === "start" && (
        <Dialog title={t("mailing.startTitle", { n: form.people.length })} onClose={() => setAsking(undefined)}>
          <p>{t("mailing.startHint", { time: duration(Math.max(1, Math.ceil(form.people.length / form.perMinute)) * MINUTE_MS) })}</p>
          <div className={css.end}>
            <Button variant="default" onClick={() => setAsking(undefined)}>
              {t("action.cancel")}
            </Button>
            <Button data-autofocus onClick={() => (setAsking(undefined), start(form, edit.dirty))}>
              {startWords}
            </Button>
          </div>
        </Dialog>
      )}
      {asking === "delete" && (
        <Dialog title={t("mailing.deleteTitle")} onClose={() => setAsking(undefined)}>
          <p>{t("mailing.deleteHint")}</p>
          <div className={css.end}>
            <Button variant="default" data-autofocus onClick={() => setAsking(undefined)}>
              {t("action.cancel")}
            </Button>
            <Button color="red" onClick={() => (setAsking(undefined), remove())}>
              {t("mailing.delete")}
            </Button>
          </div>
        </Dialog>
      )}
      <LeaveGuard dirty={dirty && !left} />
    </>
  );
}

function fieldName(field: keyof Form): string {
  return { accountId: t("mailing.account"), name: t("mailing.name"), subject: t("mailing.subject"), text: t("mailing.text"), perMinute: t("mailing.pace"), people: t("mailing.whom") }[field];
}

function sayField(field: keyof Form, { [field]: value, people }: Form): string {
  return field === "people" ? t("mailings.recipients", { n: people.length }) : String(value);
}

type Wrong = Partial<Record<keyof Form, string>>;

/** What stands below letters of a mailbox, which names whoever writes; the letter is written above it. */
function signatureOf(signature: string, name: string): string {
  const text = signature.replaceAll(/\{\{\s*name\s*\}\}/gu, name).trim();
  return text && `\n\n-- \n${text}`;
}

function wrongOf({ accountId, name, subject, text, perMinute, people }: Form, signature: string): Wrong {
  const required = t("form.required");
  return {
    ...(!accountId && { accountId: required }),
    ...(!name.trim() && { name: required }),
    ...(!subject.trim() && { subject: required }),
    ...((!text.trim() || text.trim() === signature.trim()) && { text: required }),
    ...((!Number.isInteger(perMinute) || perMinute < 1 || perMinute > FASTEST) && { perMinute: t("mailing.paceWrong") }),
    ...(people.length === 0 && { people: required }),
    ...(people.length > MOST && { people: t("mailing.tooMany") }),
  };
}

/** Subject and text; a button puts a place where the cursor is. */
function Letter({ form, columns, wrong, onChange }: { form: Form; columns: readonly string[]; wrong: Wrong; onChange: (part: Partial<Form>) => void }) {
  const subject = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const last = useRef<"subject" | "text">("text");
  const insert = (place: string): void => {
    const which = last.current;
    const field = which === "subject" ? subject.current : text.current;
    const words = `{{${place}}}`;
    const [from, to] = [field?.selectionStart ?? form[which].length, field?.selectionEnd ?? form[which].length];
    onChange({ [which]: form[which].slice(0, from) + words + form[which].slice(to) });
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(from + words.length, from + words.length);
    });
  };
  return (
    <div className={css.form}>
      <Field label={t("mailing.subject")} error={wrong.subject}>
        {(props) => <input {...props} ref={subject} maxLength={998} value={form.subject} onFocus={() => (last.current = "subject")} onChange={(event) => onChange({ subject: event.target.value })} />}
      </Field>
      <div className={css.buttons} role="group" aria-label={t("mailing.places")}>
        <span className={css.muted}>{t("mailing.places")}</span>
        {["name", ...columns].map((place) => (
          <Button key={place} variant="default" size="compact-sm" onMouseDown={(event) => event.preventDefault()} onClick={() => insert(place)}>
            {place === "name" ? t("mailing.placeName") : place}
          </Button>
        ))}
      </div>
      <Field label={t("mailing.text")} hint={t("mailing.textHint", { place: "{{unsubscribe}}" })} error={wrong.text}>
        {(props) => <textarea {...props} ref={text} rows={12} maxLength={50_000} value={form.text} onFocus={() => (last.current = "text")} onChange={(event) => onChange({ text: event.target.value })} />}
      </Field>
    </div>
  );
}
