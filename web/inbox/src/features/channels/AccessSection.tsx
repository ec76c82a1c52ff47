import { Button } from "@mantine/core";
import { useState } from "react";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { t } from "../../i18n/index.ts";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";
import { ProbeSteps } from "./ProbeSteps.tsx";
import { useGateway } from "./queries.ts";
import { SaveBar } from "./SaveBar.tsx";
import { changedSettings, isComplete, type Values } from "./schema.ts";
import { SettingsForm } from "./SettingsForm.tsx";
import { useProbe } from "./useProbe.ts";
import { useSaveAccount } from "./useSaveAccount.ts";

/** Token, address and the like, by the gateway's schema. Secrets are write-only. */
export function AccessSection({ account }: { account: ChannelAccount }) {
  const schema = useGateway(account.channel)?.description?.settings;
  return (
    <Section title={t("account.settings")}>
      {schema ? <Form account={account} schema={schema} /> : <Strip tone="amber">{t("error.GATEWAY_NOT_RUNNING")}</Strip>}
    </Section>
  );
}

function Form({ account, schema }: { account: ChannelAccount; schema: SettingsSchema }) {
  const [before] = useState(() => shown(account, schema));
  const [values, setValues] = useState(before);
  const [tried, setTried] = useState(false);
  const { save, busy, problem } = useSaveAccount(account);
  const settings = changedSettings(schema, values);
  const dirty = JSON.stringify(values) !== JSON.stringify(before);
  const complete = isComplete(schema, values, true);
  const probe = useProbe(account.channel, account.accountId, settings, dirty && complete);
  return (
    <div className={css.form}>
      <SettingsForm schema={schema} values={values} saved={account.settings} tried={tried} fault={probe.fault} onChange={(name, value) => setValues({ ...values, [name]: value })} />
      <ProbeSteps probe={probe} />
      <div className={css.buttons}>
        <Button variant="default" loading={probe.busy} onClick={probe.run}>
          {t("account.checkSettings")}
        </Button>
      </div>
      <SaveBar
        dirty={dirty}
        busy={busy}
        problem={problem}
        onSave={() => {
          setTried(true);
          if (complete) save({ settings }, ["settings"]);
        }}
        onCancel={() => setValues(before)}
      />
    </div>
  );
}

function shown(account: ChannelAccount, schema: SettingsSchema): Values {
  return Object.fromEntries(schema.fields.map((field) => [field.name, field.secret ? "" : (account.settings[field.name] ?? field.defaultValue)]));
}
