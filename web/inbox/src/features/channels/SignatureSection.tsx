import { Button } from "@mantine/core";
import { useState } from "react";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { setPreference, usePreference } from "../../rpc/preferences.ts";
import { Field } from "../../ui/Field.tsx";
import { LeaveGuard } from "../../ui/form/LeaveGuard.tsx";
import { SaveBar } from "../../ui/form/SaveBar.tsx";
import { useEdit } from "../../ui/form/useEdit.ts";
import { Section } from "../../ui/Page.tsx";
import css from "./channels.module.css";
import { saveProblem, useSaveAccount } from "./useSaveAccount.ts";

const MOST = 4_000;

/** What stands below letters of this mailbox: the mailbox's, and in its place one's own. */
export function SignatureSection({ account, locked }: { account: ChannelAccount; locked: boolean }) {
  return (
    <Section title={t("signature.title")}>
      <Mailbox account={account} locked={locked} />
      <Own accountId={account.accountId} />
    </Section>
  );
}

function Mailbox({ account, locked }: { account: ChannelAccount; locked: boolean }) {
  const edit = useEdit({ signature: account.signature }, account.etag);
  const { save, busy, problem, forget } = useSaveAccount(account);
  const dirty = edit.dirty.length > 0;
  const submit = (): void => {
    if (dirty && !busy) save({ signature: edit.form.signature.trim() }, ["signature"]);
  };
  return (
    <div className={css.form}>
      <Field label={t("signature.mailbox")} hint={t("signature.mailboxHint")}>
        {(props) => <textarea {...props} rows={4} maxLength={MOST} disabled={locked} value={edit.form.signature} onChange={(event) => (forget(), edit.change({ signature: event.target.value }))} />}
      </Field>
      <SaveBar changes={edit.dirty.length} busy={busy} problem={saveProblem(problem, edit.news.length > 0)} onSave={submit} onCancel={() => (forget(), edit.reset())} />
      <LeaveGuard dirty={dirty} />
    </div>
  );
}

function Own({ accountId }: { accountId: string }) {
  const kept = usePreference(`signature:${accountId}`);
  const [text, setText] = useState(kept);
  const dirty = text.trim() !== kept;
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        setPreference(`signature:${accountId}`, text.trim());
        setText(text.trim());
      }}
    >
      <Field label={t("signature.own")} hint={t("signature.ownHint")}>
        {(props) => <textarea {...props} rows={4} maxLength={MOST} value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
      {dirty && (
        <div className={css.buttons}>
          <Button type="submit">{t("action.save")}</Button>
        </div>
      )}
      <LeaveGuard dirty={dirty} />
    </form>
  );
}
