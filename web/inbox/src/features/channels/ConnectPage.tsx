import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { channelTitle } from "../../i18n/channel.ts";
import { t, useT } from "../../i18n/index.ts";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { Page } from "../../ui/Page.tsx";
import { SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { useTitle } from "../../ui/title.ts";
import { BackToChannels } from "./BackToChannels.tsx";
import { Assign } from "./connect/Assign.tsx";
import { Progress } from "./connect/Progress.tsx";
import { FirstEvent } from "./connect/FirstEvent.tsx";
import { NewAccount } from "./connect/NewAccount.tsx";
import { localText } from "./localText.ts";
import { useGateway, useGateways } from "./queries.ts";

type Search = { account?: string | undefined; step?: "assign" | undefined };

/** Four steps: a name, the access with a live check, the first real message, who gets what comes in. */
export function ConnectPage() {
  useT();
  const { channel = "" } = useParams({ strict: false });
  const { account, step }: Search = useSearch({ strict: false });
  const administrator = isAdministrator(useMe().employee);
  const gateway = useGateway(channel);
  const { ready } = useGateways();
  const navigate = useNavigate();
  const title = localText(gateway?.description?.title) || channelTitle(channel);
  const schema = gateway?.description?.settings;
  useTitle(t("connect.title", { channel: title }));
  return (
    <Page title={t("connect.title", { channel: title })} back={<BackToChannels />} wide>
      {!administrator && <Strip>{t("channels.onlyAdmin")}</Strip>}
      {administrator && !ready && <SkeletonRows rows={2} height={64} />}
      {administrator && ready && (!schema || !gateway?.running) && <Strip tone="amber">{t("error.GATEWAY_NOT_RUNNING")}</Strip>}
      {administrator && schema && (
        <>
          {account && <Progress at={step === "assign" ? 3 : 2} />}
          {!account && <NewAccount channel={channel} schema={schema} title={title} onDone={(accountId) => void navigate({ to: ".", search: { account: accountId }, replace: true })} />}
          {account && step !== "assign" && <FirstEvent accountId={account} schema={schema} onNext={() => void navigate({ to: ".", search: { account, step: "assign" } })} />}
          {account && step === "assign" && <Assign accountId={account} />}
        </>
      )}
    </Page>
  );
}
