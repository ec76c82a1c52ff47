import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { AssignmentMethod, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { useDepartments } from "../../rpc/directory.ts";
import { problemOf } from "../../rpc/errors.ts";
import { newId } from "../../rpc/ids.ts";
import { Field } from "../../ui/Field.tsx";
import { Page } from "../../ui/Page.tsx";
import { SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { BackToChannels } from "./BackToChannels.tsx";
import css from "./channels.module.css";
import { localText } from "./localText.ts";
import { ProbeSteps } from "./ProbeSteps.tsx";
import { refreshAccounts, useGateway, useGateways } from "./queries.ts";
import { changedSettings, initialValues, isComplete } from "./schema.ts";
import { SettingsForm } from "./SettingsForm.tsx";
import { passed, useProbe } from "./useProbe.ts";
import { useTitle } from "../../ui/title.ts";

const STEPS = 3;

/** Three steps: a name, the access with a live check, the first real message. */
export function ConnectPage() {
  useT();
  const { channel = "" } = useParams({ strict: false });
  const { account }: { account?: string } = useSearch({ strict: false });
  const gateway = useGateway(channel);
  const { ready } = useGateways();
  const title = localText(gateway?.description?.title) || channelTitle(channel);
  useTitle(t("connect.title", { channel: title }));
  const schema = gateway?.description?.settings;
  return (
    <Page title={t("connect.title", { channel: title })} back={<BackToChannels />}>
      {!ready && <SkeletonRows rows={2} height={64} />}
      {ready && (!schema || !gateway?.running) && <Strip tone="amber">{t("error.GATEWAY_NOT_RUNNING")}</Strip>}
      {schema && (account ? <FirstEvent accountId={account} /> : <Forms channel={channel} schema={schema} suggestedName={title} />)}
    </Page>
  );
}

function StepTitle({ n, title }: { n: number; title: string }) {
  return (
    <p className={css.step}>
      <span className={css.muted}>{t("connect.step", { n, of: STEPS })}</span> {title}
    </p>
  );
}

function Forms({ channel, schema, suggestedName }: { channel: string; schema: SettingsSchema; suggestedName: string }) {
  const [name, setName] = useState(suggestedName);
  const [departmentId, setDepartmentId] = useState("");
  const [named, setNamed] = useState(false);
  if (!named) return <Identity name={name} onName={setName} departmentId={departmentId} onDepartment={setDepartmentId} onDone={() => setNamed(true)} />;
  return <Credentials channel={channel} schema={schema} name={name.trim()} departmentId={departmentId} onBack={() => setNamed(false)} />;
}

type IdentityProps = { name: string; onName: (name: string) => void; departmentId: string; onDepartment: (id: string) => void; onDone: () => void };

function Identity({ name, onName, departmentId, onDepartment, onDone }: IdentityProps) {
  const departments = useDepartments();
  const [tried, setTried] = useState(false);
  return (
    <form
      className={css.card}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (name.trim()) onDone();
      }}
    >
      <StepTitle n={1} title={t("connect.step.identity")} />
      <Field label={t("connect.name")} hint={t("connect.nameHint")} error={tried && !name.trim() ? t("connect.required") : undefined}>
        {(props) => <input {...props} autoFocus maxLength={100} value={name} onChange={(event) => onName(event.target.value)} />}
      </Field>
      <Field label={t("connect.department")}>
        {(props) => (
          <select {...props} value={departmentId} onChange={(event) => onDepartment(event.target.value)}>
            <option value="">{t("connect.departmentNone")}</option>
            {[...departments.values()].map((department) => (
              <option key={department.departmentId} value={department.departmentId}>
                {department.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className={css.buttons}>
        <Button type="submit">{t("connect.next")}</Button>
      </div>
    </form>
  );
}

type CredentialsProps = { channel: string; schema: SettingsSchema; name: string; departmentId: string; onBack: () => void };

function Credentials({ channel, schema, name, departmentId, onBack }: CredentialsProps) {
  const navigate = useNavigate();
  const [values, setValues] = useState(() => initialValues(schema));
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const complete = isComplete(schema, values, false);
  const settings = changedSettings(schema, values);
  const probe = useProbe(channel, "", settings, complete);
  const create = useMutation(ChannelAccountService.method.createChannelAccount, {
    onSuccess: ({ account }) => {
      refreshAccounts();
      void navigate({ to: ".", search: { account: account?.accountId } });
    },
  });
  const submit = (): void => {
    setTried(true);
    if (!complete) return;
    create.mutate({
      requestId,
      account: { channel, name, departmentId, enabled: true, isRequestSource: true, settings, assignment: { method: AssignmentMethod.QUEUE } },
    });
  };
  return (
    <div className={css.columns}>
      <form
        className={css.card}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <StepTitle n={2} title={t("connect.step.credentials")} />
        <SettingsForm schema={schema} values={values} tried={tried} fault={probe.fault} onChange={(field, value) => setValues({ ...values, [field]: value })} />
        <ProbeSteps probe={probe} />
        {create.error && <Strip tone="red">{problemText(problemOf(create.error))}</Strip>}
        <div className={css.buttons}>
          <Button variant="default" onClick={onBack}>
            {t("action.back")}
          </Button>
          <Button type="submit" variant={passed(probe) ? "filled" : "light"} loading={create.isPending}>
            {t("connect.create")}
          </Button>
        </div>
      </form>
      <Instructions schema={schema} />
    </div>
  );
}

function Instructions({ schema }: { schema: SettingsSchema }) {
  if (schema.steps.length === 0) return null;
  return (
    <section className={css.instructions} aria-label={t("connect.instructions")}>
      <h2>{t("connect.instructions")}</h2>
      <ol>
        {schema.steps.map((step, index) => (
          <li key={index}>{localText(step)}</li>
        ))}
      </ol>
    </section>
  );
}

const LOOK_EVERY_MS = 3_000;

/** The last step ends by itself: something came in by this account. */
function FirstEvent({ accountId }: { accountId: string }) {
  const { data } = useQuery(
    ChannelAccountService.method.getChannelAccount,
    { accountId },
    { refetchInterval: (query) => (query.state.data?.account?.status?.lastEventAt ? false : LOOK_EVERY_MS) },
  );
  const status = data?.account?.status;
  const received = status?.lastEventAt !== undefined;
  return (
    <div className={css.card}>
      <StepTitle n={3} title={t("connect.step.firstEvent")} />
      <p role="status" className={received ? css.ok : undefined}>
        {received ? t("connect.received") : t("connect.waiting", { identity: status?.identity || data?.account?.name || "…" })}
      </p>
      {status?.problem && <Strip tone="amber">{status.problem}</Strip>}
      <div className={css.buttons}>
        <Button component={Link} to="/inbox/unassigned" variant={received ? "filled" : "default"}>
          {t("connect.toInbox")}
        </Button>
        <Link className={css.link} to="/settings/channels/$accountId" params={{ accountId }}>
          {t("connect.toAccount")}
        </Link>
      </div>
    </div>
  );
}
