import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { IconClockOff } from "@tabler/icons-react";
import { useState } from "react";
import { type ChannelAccount, ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type RetentionRule, RetentionService } from "../../../gen/okno/inbox/v1/retention_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEveryPage } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { RetentionDialog } from "./RetentionDialog.tsx";
import css from "./personal.module.css";

const LOOK_MS = 2_000;

/** A channel, or one account of it. */
export type Shelf = { channel: string; accountId: string; name: string; rule: RetentionRule | undefined; /** Of the channel, for an account. */ above: RetentionRule | undefined };

const isSwept = ({ lastRun, months }: RetentionRule): boolean => months > 0 && !lastRun?.endedAt;

/** For how long messages are kept: a line for each channel, below it its accounts. */
export function Retention() {
  const [open, setOpen] = useState<Shelf>();
  const rules = useQuery(RetentionService.method.listRetentionRules, {}, { staleTime: 0, refetchInterval: ({ state }) => (state.data?.rules.some(isSwept) ? LOOK_MS : false) });
  const accounts = useInfiniteQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined });
  useEveryPage(accounts);
  const error = rules.error ?? accounts.error;
  const loaded = rules.data && accounts.data;
  const problem = error && !loaded ? problemOf(error) : undefined;
  const shelves = loaded ? shelvesOf(accounts.data.pages.flatMap((page) => page.accounts), rules.data.rules) : [];
  return (
    <Section title={t("retention.title")}>
      <p className={css.quiet}>{t("retention.hint")}</p>
      {problem && <Failure what={t("retention.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void Promise.all([rules.refetch(), accounts.refetch()])} />}
      {!loaded && !problem && <SkeletonRows rows={3} height={56} />}
      {loaded && shelves.length === 0 && <Empty icon={IconClockOff} title={t("retention.none")} />}
      <ul className={css.shelves}>
        {shelves.map((shelf) => (
          <Line key={`${shelf.channel} ${shelf.accountId}`} shelf={shelf} onChange={() => setOpen(shelf)} />
        ))}
      </ul>
      {open && <RetentionDialog shelf={open} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

/** Each channel that there is, with its accounts below it where there are several. Personal ones follow their channel. */
function shelvesOf(accounts: readonly ChannelAccount[], rules: readonly RetentionRule[]): Shelf[] {
  const rule = (channel: string, accountId: string): RetentionRule | undefined => rules.find((one) => one.channel === channel && one.accountId === accountId);
  const channels = [...new Set([...accounts.map(({ channel }) => channel), ...rules.map(({ channel }) => channel)])].sort((one, other) => channelTitle(one).localeCompare(channelTitle(other)));
  return channels.flatMap((channel) => {
    const above = rule(channel, "");
    const own = accounts.filter((one) => one.channel === channel && !one.ownerEmployeeId);
    const shown = own.length > 1 || own.some(({ accountId }) => rule(channel, accountId)) ? own : [];
    return [
      { channel, accountId: "", name: channelTitle(channel), rule: above, above: undefined },
      ...shown.map(({ accountId, name }) => ({ channel, accountId, name, rule: rule(channel, accountId), above })),
    ];
  });
}

function Line({ shelf, onChange }: { shelf: Shelf; onChange: () => void }) {
  const { rule, above, name, accountId } = shelf;
  const kept = rule ? (rule.months > 0 ? t("retention.months", { n: rule.months }) : t("retention.forEver")) : t(accountId && above ? "retention.asChannel" : "retention.forEver");
  return (
    <li className={css.shelf} data-account={accountId !== "" || undefined}>
      <div>
        <strong>{name}</strong>
        <p>{kept}</p>
        {rule && <LastRun rule={rule} />}
      </div>
      <Button variant="default" size="compact-md" aria-label={t("retention.changeOf", { name })} onClick={onChange}>
        {t("retention.change")}
      </Button>
    </li>
  );
}

function LastRun({ rule }: { rule: RetentionRule }) {
  const now = useNow(60_000);
  const { lastRun, months } = rule;
  if (months === 0) return null;
  if (!lastRun) return <p className={css.quiet}>{t("retention.soon")}</p>;
  const messages = Number(lastRun.erased?.messages ?? 0n);
  const [n, files] = [messages, Number(lastRun.erased?.files ?? 0n)];
  return <p className={css.quiet}>{lastRun.endedAt ? t("retention.ran", { at: dayAndClock(millis(lastRun.endedAt), now), n, files }) : t("retention.runs", { n, files })}</p>;
}
