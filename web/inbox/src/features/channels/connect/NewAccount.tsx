import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import type { SettingsSchema } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { AssignmentMethod, ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { fold } from "../../../ui/fold.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { Linked } from "../../../ui/Linked.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import css from "../channels.module.css";
import { ConsentButton } from "../ConsentButton.tsx";
import { localText } from "../localText.ts";
import { ProbeSteps } from "../ProbeSteps.tsx";
import { refreshAccounts, useAccounts, useGateway } from "../queries.ts";
import { changedSettings, initialValues, isComplete } from "../schema.ts";
import { SettingsForm } from "../SettingsForm.tsx";
import { passed, useProbe } from "../useProbe.ts";
import { saveProblem } from "../useSaveAccount.ts";
import { Identity, type Owner } from "./Identity.tsx";
import { Progress } from "./Progress.tsx";

type Props = { channel: string; schema: SettingsSchema; title: string; onDone: (accountId: string) => void };

/** What it is called, and the access; nothing is stored before the provider has accepted it. */
export function NewAccount({ channel, schema, title, onDone }: Props) {
  const taken = useTakenNames();
  const [name, setName] = useState<string>();
  const [owner, setOwner] = useState<Owner>({ personal: false, employeeId: "" });
  const [named, setNamed] = useState(false);
  const mayBePersonal = useGateway(channel)?.description?.capabilities?.letters ?? false;
  const shown = name ?? freeName(title, taken);
  return (
    <>
      <Progress at={named ? 1 : 0} />
      {named ? (
        <Credentials channel={channel} schema={schema} name={shown.trim()} owner={owner.employeeId} onBack={() => setNamed(false)} onDone={onDone} />
      ) : (
        <Identity name={shown} taken={taken} mayBePersonal={mayBePersonal} owner={owner} onName={setName} onOwner={setOwner} onDone={() => setNamed(true)} />
      )}
    </>
  );
}

function useTakenNames(): ReadonlySet<string> {
  const { data } = useAccounts();
  return new Set(data?.accounts.map((account) => fold(account.name)));
}

/** "Telegram", "Telegram 2": two accounts of one kind never begin with one name. */
function freeName(title: string, taken: ReadonlySet<string>): string {
  if (!taken.has(fold(title))) return title;
  for (let n = 2; ; n += 1) if (!taken.has(fold(`${title} ${n}`))) return `${title} ${n}`;
}

type CredentialsProps = { channel: string; schema: SettingsSchema; name: string; owner: string; onBack: () => void; onDone: (accountId: string) => void };

function Credentials({ channel, schema, name, owner, onBack, onDone }: CredentialsProps) {
  const [before] = useState(() => initialValues(schema));
  const [values, setValues] = useState(before);
  const [tried, setTried] = useState(false);
  const done = useRef(false);
  const request = useRequestId();
  const complete = isComplete(schema, values, false);
  const settings = changedSettings(schema, values);
  const probe = useProbe(channel, "", settings, complete);
  const create = useMutation(ChannelAccountService.method.createChannelAccount, {
    onSuccess: ({ account }) => {
      done.current = true;
      refreshAccounts();
      onDone(account?.accountId ?? "");
    },
  });
  const problem = create.error ? problemOf(create.error) : undefined;
  const refused = problem?.reason === "PROBE_FAILED" && problem.metadata["field"] ? { field: problem.metadata["field"], problem: problem.metadata["step"] ?? "" } : undefined;
  const submit = (): void => {
    setTried(true);
    if (!complete || create.isPending) return;
    create.mutate({ requestId: request(name, owner, settings), account: { channel, name, ownerEmployeeId: owner, enabled: true, isRequestSource: true, settings, assignment: { method: AssignmentMethod.QUEUE } } });
  };
  return (
    <div className={css.columns}>
      <form
        className={css.card}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SettingsForm schema={schema} values={values} tried={tried} fault={probe.fault ?? refused} onChange={(field, value) => (create.reset(), setValues({ ...values, [field]: value }))} />
        {schema.consent && <ConsentButton channel={channel} accountId="" consent={schema.consent} values={values} settings={settings} onGiven={(value) => setValues((now) => ({ ...now, [schema.consent?.field ?? ""]: value }))} />}
        <ProbeSteps probe={probe} />
        {problem && <Strip tone="red">{saveProblem(problem, false)}</Strip>}
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
      <LeaveGuard dirty={!done.current && JSON.stringify(values) !== JSON.stringify(before)} />
    </div>
  );
}

/** The same content, repeated after a lost answer, is the same account. */
function useRequestId(): (name: string, owner: string, settings: Record<string, string>) => string {
  const last = useRef({ content: "", id: "" });
  return (name, owner, settings) => {
    const content = JSON.stringify([name, owner, settings]);
    if (last.current.content !== content) last.current = { content, id: newId() };
    return last.current.id;
  };
}

function Instructions({ schema }: { schema: SettingsSchema }) {
  if (schema.steps.length === 0) return null;
  return (
    <section className={css.instructions} aria-label={t("connect.instructions")}>
      <h2>{t("connect.instructions")}</h2>
      <ol>
        {schema.steps.map((step, index) => (
          <li key={index}>
            <Linked text={localText(step)} />
          </li>
        ))}
      </ol>
    </section>
  );
}
