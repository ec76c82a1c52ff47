import { Button } from "@mantine/core";
import { useState } from "react";
import { useCommand } from "../../app/commands.ts";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { t } from "../../i18n/index.ts";
import { useMe } from "../../rpc/session.ts";
import { LeaveGuard } from "../../ui/form/LeaveGuard.tsx";
import { SaveBar } from "../../ui/form/SaveBar.tsx";
import { useEdit } from "../../ui/form/useEdit.ts";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";
import { ConsentButton } from "./ConsentButton.tsx";
import { ProbeSteps } from "./ProbeSteps.tsx";
import { useGateway, useGateways } from "./queries.ts";
import { changedSettings, isComplete, type Values } from "./schema.ts";
import { SettingsForm } from "./SettingsForm.tsx";
import { useProbe } from "./useProbe.ts";
import { saveProblem, useSaveAccount } from "./useSaveAccount.ts";

/** Token, address and the like, by the gateway's schema. Secrets are write-only. */
export function AccessSection({ account }: { account: ChannelAccount }) {
  const { ready } = useGateways();
  const schema = useGateway(account.channel)?.description?.settings;
  return (
    <Section title={t("account.settings")}>
      {schema && <Form account={account} schema={schema} />}
      {!schema && ready && <Strip tone="amber">{t("error.GATEWAY_NOT_RUNNING")}</Strip>}
    </Section>
  );
}

function Form({ account, schema }: { account: ChannelAccount; schema: SettingsSchema }) {
  const me = useMe().employee;
  const edit = useEdit<Values>(shown(account, schema), account.etag);
  const values = edit.form;
  const [tried, setTried] = useState(false);
  const { save, busy, problem, forget } = useSaveAccount(account);
  const settings = changedSettings(schema, values);
  const dirty = edit.dirty.length > 0;
  const complete = isComplete(schema, values, true);
  const probe = useProbe(account.channel, account.accountId, settings, dirty && complete);
  const submit = (): void => {
    setTried(true);
    if (complete && dirty && !busy) save({ settings }, ["settings"]);
  };
  useCommand("form.save", submit, { within: "anywhere", enabled: dirty });
  const refused = problem?.reason === "PROBE_FAILED" && problem.metadata["field"] ? { field: problem.metadata["field"], problem: problem.metadata["step"] ?? "" } : undefined;
  // The server keeps no secret of somebody else's mailbox for settings that were changed.
  const others = account.ownerEmployeeId !== "" && account.ownerEmployeeId !== me?.employeeId;
  return (
    <div className={css.form}>
      {others && <Strip>{t("account.personalAccess")}</Strip>}
      <SettingsForm schema={schema} values={values} saved={account.settings} tried={tried} fault={probe.fault ?? refused} onChange={(name, value) => (forget(), edit.change({ [name]: value }))} />
      {schema.consent && <ConsentButton channel={account.channel} accountId={account.accountId} consent={schema.consent} values={values} settings={settings} onGiven={(value) => (forget(), edit.change({ [schema.consent?.field ?? ""]: value }))} />}
      <ProbeSteps probe={probe} />
      <div className={css.buttons}>
        <Button variant="default" loading={probe.busy} onClick={probe.run}>
          {t("account.checkSettings")}
        </Button>
      </div>
      <SaveBar changes={edit.dirty.length} busy={busy} problem={saveProblem(problem, false)} onSave={submit} onCancel={() => (forget(), edit.reset())} />
      <LeaveGuard dirty={dirty} />
    </div>
  );
}

function shown(account: ChannelAccount, schema: SettingsSchema): Values {
  return Object.fromEntries(schema.fields.map((field) => [field.name, field.secret ? "" : (account.settings[field.name] ?? field.defaultValue)]));
}
