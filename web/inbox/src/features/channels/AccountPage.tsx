import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useNavigate, useParams } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { type ChannelAccount, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { dayAndClock } from "../../i18n/format.ts";
import { t, useT, withTexts } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { Field } from "../../ui/Field.tsx";
import { Page, Section } from "../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { part } from "../../ui/part.ts";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import { AccessSection } from "./AccessSection.tsx";
import { BackToChannels } from "./BackToChannels.tsx";
import { DeadLetters } from "./DeadLetters.tsx";
import { HandlingSection } from "./HandlingSection.tsx";
import { HistorySection } from "./HistorySection.tsx";
import { refreshAccounts, useGateway } from "./queries.ts";
import { SignatureSection } from "./SignatureSection.tsx";
import { Snippets } from "./Snippets.tsx";
import { StatusSection } from "./StatusSection.tsx";
import { useTitle } from "../../ui/title.ts";

const FoldersSection = part(() => withTexts(import("./folders/FoldersSection.tsx"), "folders").then(({ FoldersSection: component }) => component));

/** One account: how it is, how its requests are handled, its access, what could not be read. */
export function AccountPage() {
  useT();
  const { accountId = "" } = useParams({ strict: false });
  const me = useMe().employee;
  const administrator = isAdministrator(me);
  const { data, error, refetch } = useQuery(ChannelAccountService.method.getChannelAccount, { accountId });
  const account = data?.account;
  useTitle(account?.name ?? t("channels.title"));
  if (error && !data) {
    const problem = problemOf(error);
    if (problem.reason === "ACCOUNT_NOT_FOUND") return <Empty icon={IconPlugConnectedX} title={t("account.notFound")} />;
    return <Failure what={t("account.loadFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (!account) return <SkeletonRows rows={4} height={72} />;
  return (
    <Page
      title={account.name}
      back={<BackToChannels />}
    >
      {!administrator && <Strip>{t("channels.onlyAdmin")}</Strip>}
      <Closed owner={account.ownerEmployeeId} />
      <StatusSection account={account} locked={!administrator} />
      <HistorySection account={account} />
      <HandlingSection key={`handling ${accountId}`} account={account} locked={!administrator} />
      {account.capabilities?.letters && <SignatureSection key={`signature ${accountId}`} account={account} locked={!administrator} />}
      {account.capabilities?.letters && (
        <Suspense>
          <FoldersSection key={`folders ${accountId}`} account={account} administrator={administrator} />
        </Suspense>
      )}
      {administrator && <AccessSection key={`access ${accountId}`} account={account} />}
      {administrator && <OtherSide account={account} />}
      {(administrator || account.ownerEmployeeId === me?.employeeId) && <DeadLetters accountId={accountId} />}
      {administrator && <Danger account={account} />}
    </Page>
  );
}

/** Says to its owner why a personal account shows nothing. */
function Closed({ owner }: { owner: string }) {
  const { employee, personalClosedUntil } = useMe();
  if (!owner || owner !== employee?.employeeId || !personalClosedUntil) return null;
  return <Strip tone="amber">{t("account.closed", { time: dayAndClock(millis(personalClosedUntil), serverNow()) })}</Strip>;
}

/** What belongs on the other side, for whoever connects it later or once more. */
function OtherSide({ account }: { account: ChannelAccount }) {
  const schema = useGateway(account.channel)?.description?.settings;
  if (!schema || schema.snippets.length === 0) return null;
  return (
    <Section title={t("account.snippets")}>
      <Snippets schema={schema} accountId={account.accountId} />
    </Section>
  );
}

/** Cannot be undone, so it is confirmed by typing the name. */
function Danger({ account }: { account: ChannelAccount }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const remove = useMutation(ChannelAccountService.method.deleteChannelAccount, {
    onSuccess: () => {
      refreshAccounts();
      toast(t("account.deleted"));
      void navigate({ to: "/settings/channels" });
    },
  });
  const sure = typed.trim() === account.name;
  return (
    <Section title={t("account.danger")} danger>
      <p>{t("account.deleteHint")}</p>
      <Field label={t("account.deleteConfirm", { name: account.name })} error={remove.error ? problemText(problemOf(remove.error)) : undefined}>
        {(props) => <input {...props} autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />}
      </Field>
      <Button color="red" variant="outline" disabled={!sure} loading={remove.isPending} onClick={() => remove.mutate({ accountId: account.accountId, etag: account.etag })}>
        {t("account.delete")}
      </Button>
    </Section>
  );
}
