import { Button } from "@mantine/core";
import { type ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { dayAndClock, duration } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { millis, serverNow, useNow } from "../../rpc/clock.ts";
import { CopyButton } from "../../ui/form/CopyButton.tsx";
import { LinkButton } from "../../ui/form/LinkButton.tsx";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";
import { Health } from "./Health.tsx";
import { localText, withRemedy } from "./localText.ts";
import { problemWords } from "./problem.ts";
import { useGateway, useGateways } from "./queries.ts";
import { saveProblem, useSaveAccount } from "./useSaveAccount.ts";

/** How the account is now, what went wrong last and what helps, and the switch that stops it for a while. */
export function StatusSection({ account, locked }: { account: ChannelAccount; locked: boolean }) {
  const { status } = account;
  const gateway = useGateway(account.channel);
  const { ready } = useGateways();
  const now = useNow(10_000);
  const last = millis(status?.lastEventAt);
  const remedy = status?.remedyKey ? localText(gateway?.description?.settings?.remedies[status.remedyKey]) : "";
  const words = problemWords(status);
  const stopped = ready && !gateway?.running && account.enabled;
  const lines: [string, React.ReactNode][] = [
    [t("account.channel"), localText(gateway?.description?.title) || channelTitle(account.channel)],
    [t("account.identity"), status?.identity],
    [t("account.lastEvent"), last ? `${dayAndClock(last, serverNow())} · ${t("channels.ago", { time: duration(now - last) })}` : t("channels.noEvents")],
    [t("account.lastError"), status?.lastErrorAt ? dayAndClock(millis(status.lastErrorAt), serverNow()) : t("account.noErrors")],
    [t("account.created"), account.createdAt && dayAndClock(millis(account.createdAt), serverNow())],
  ];
  return (
    <Section title={t("account.status")}>
      <div className={css.buttons}>
        <Health account={account} />
      </div>
      {stopped && <Strip tone="red">{t("error.GATEWAY_NOT_RUNNING")}</Strip>}
      {words && !stopped && <Strip tone="amber">{withRemedy(words, remedy)}</Strip>}
      {status?.silent && account.enabled && <Strip tone="amber">{t("account.silent", { time: duration(now - last) })}</Strip>}
      <dl className={css.grid}>
        {lines
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {account.webhookPath && (
        <div className={css.snippet}>
          <p className={css.muted}>{t("account.webhook")}</p>
          <div className={css.snippetHead}>
            <code>{account.webhookPath}</code>
            <CopyButton text={account.webhookPath} />
          </div>
        </div>
      )}
      <div className={css.buttons}>
        {!locked && <Pause account={account} />}
        <LinkButton variant="default" to="/inbox/$view" params={{ view: "all" }} search={{ account: account.accountId }}>
          {t("account.openInbox")}
        </LinkButton>
      </div>
    </Section>
  );
}

/** Stops and starts in one press. */
function Pause({ account }: { account: ChannelAccount }) {
  const { save, busy, problem } = useSaveAccount(account);
  const set = (enabled: boolean): void => save({ enabled }, ["enabled"]);
  const failed = saveProblem(problem, false);
  return (
    <>
      <Button variant={account.enabled ? "default" : "filled"} loading={busy} onClick={() => set(!account.enabled)} title={account.enabled ? t("account.enabledHint") : undefined}>
        {account.enabled ? t("account.pause") : t("account.resume")}
      </Button>
      {failed && <Strip tone="red">{failed}</Strip>}
    </>
  );
}
