import { useQuery } from "@connectrpc/connect-query";
import { AccountPhase, type ChannelAccount, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Section } from "../../ui/Page.tsx";
import { Failure } from "../../ui/States.tsx";
import { PHASES, startAndEnd, type Stretch, stretches, sumUp } from "./history.ts";
import css from "./History.module.css";
import { localText, withRemedy } from "./localText.ts";
import { problemWords } from "./problem.ts";
import { useGateway } from "./queries.ts";

/** Changes that are told in words; all of them are in the strip. */
const TOLD = 12;

/** How the account was in the last 24 hours: a strip, and its changes in words, the newest first. */
export function HistorySection({ account }: { account: ChannelAccount }) {
  const { data, error, refetch } = useQuery(ChannelAccountService.method.getAccountHistory, { accountId: account.accountId }, { staleTime: 0, refetchInterval: 60_000 });
  const all = stretches(data?.spans ?? []);
  return (
    <Section title={t("history.title")}>
      {error && !data && <Failure what={t("history.failed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {data && (
        <>
          <p className={css.muted}>{sumUp(all)}</p>
          <div className={css.strip} aria-hidden="true">
            {all.map(({ phase, from, to }) => (
              <span key={from} data-phase={PHASES[phase]?.[1]} style={{ flexGrow: to - from }} />
            ))}
          </div>
          <div className={css.scale} aria-hidden="true">
            <span>{t("history.dayAgo")}</span>
            <span>{t("history.now")}</span>
          </div>
          <ol className={css.changes}>
            {all
              .slice(-TOLD)
              .reverse()
              .map((one) => (
                <Change key={one.from} channel={account.channel} stretch={one} />
              ))}
          </ol>
        </>
      )}
    </Section>
  );
}

function Change({ channel, stretch }: { channel: string; stretch: Stretch }) {
  const { phase, from, to, span } = stretch;
  const [start, end] = startAndEnd(stretch, serverNow());
  const remedies = useGateway(channel)?.description?.settings?.remedies;
  const remedy = span.remedyKey ? localText(remedies?.[span.remedyKey]) : "";
  const [key, look] = PHASES[phase] ?? PHASES[AccountPhase.UNSPECIFIED];
  const words = withRemedy(problemWords(span), remedy);
  return (
    <li>
      <span className={css.mark} data-phase={look} aria-hidden="true" />
      <span>
        <time dateTime={new Date(from).toISOString()}>{start}</time>–<time dateTime={new Date(to).toISOString()}>{end}</time> · {t(key)}
        {words && ` · ${words}`}
      </span>
    </li>
  );
}
