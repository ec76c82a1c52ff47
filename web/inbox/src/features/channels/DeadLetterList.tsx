import { Button, Switch } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@connectrpc/connect-query";
import { IconMailCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ChannelAccountService, type DeadLetter } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { dayAndClock, fileSize } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import css from "./channels.module.css";
import { Original } from "./Original.tsx";
import { type Asked, isAwaited } from "./replays.ts";
import { refreshAccounts, useAccounts } from "./queries.ts";

const PAGE = 50;
/** What is read again is told of by nobody: the list looks by itself until it was, or nobody expects it any more. */
const LOOK_MS = 10_000;

/** What came and could not be read: kept with its bytes and the reason, and read again on demand. `accountId` empty: of all accounts. */
export function DeadLetterList({ accountId }: { accountId: string }) {
  const [withReplayed, setWithReplayed] = useState(false);
  const [asked, setAsked] = useState<Asked>([]);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    ChannelAccountService.method.listDeadLetters,
    { accountId, pageSize: PAGE, pageToken: "", withReplayed },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0, refetchInterval: ({ state }) => (isAwaited(asked, state.data?.pages.flatMap((page) => page.deadLetters) ?? [], Date.now()) ? LOOK_MS : false) },
  );
  const accounts = useAccounts(accountId === "").data?.accounts ?? [];
  const names = new Map(accounts.map((account) => [account.accountId, account.name]));
  const letters = data?.pages.flatMap((page) => page.deadLetters) ?? [];
  return (
    <>
      <Switch label={t("account.withReplayed")} checked={withReplayed} onChange={(event) => setWithReplayed(event.currentTarget.checked)} />
      {error && !data && <Failure what={t("account.deadLettersFailed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {isPending && <SkeletonRows rows={3} height={56} />}
      {data && letters.length === 0 && (accountId ? <p className={css.muted}>{t("account.deadLettersNone")}</p> : <Empty icon={IconMailCheck} title={t("account.deadLettersNone")} />)}
      {letters.length > 0 && (
        <ul className={css.letters}>
          {letters.map((letter) => (
            <Letter key={letter.deadLetterId} letter={letter} account={accountId ? undefined : names.get(letter.accountId)} bare={Boolean(accountId)} onAsked={() => setAsked((before) => [...before, { letter, at: Date.now() }])} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("account.moreLetters")}
        </Button>
      )}
    </>
  );
}

function Letter({ letter, account, bare, onAsked }: { letter: DeadLetter; /** Unless the page is about it, or it is gone. */ account: string | undefined; bare: boolean; /** Its gateway reads it again. */ onAsked: () => void }) {
  const [original, setOriginal] = useState(false);
  const replay = useMutation(ChannelAccountService.method.replayDeadLetter, {
    // A fact is read at once; a provider's bytes go to the gateway, which may understand them no better.
    onSuccess: ({ deadLetter }) => {
      toast(deadLetter?.replayedAt ? t("account.replayedDone") : t("account.replayAsked"));
      if (!deadLetter?.replayedAt) onAsked();
    },
    onSettled: () => refreshAccounts(),
  });
  const problem = replay.error ? problemOf(replay.error) : undefined;
  const about = [dayAndClock(millis(letter.receivedAt), serverNow()), letter.sizeBytes > 0n ? fileSize(Number(letter.sizeBytes)) : "", bare ? letter.key : ""];
  return (
    <li className={css.letter}>
      <div className={css.letterWhat}>
        <p>{letter.reason}</p>
        <p className={css.muted}>
          {account && (
            <Link to="/settings/channels/$accountId" params={{ accountId: letter.accountId }}>
              {account}
            </Link>
          )}
          {account && " · "}
          {about.filter(Boolean).join(" · ")}
        </p>
        {problem && <Strip tone="red">{problemText(problem)}</Strip>}
      </div>
      <div className={css.letterActions}>
        {letter.hasOriginal && (
          <Button variant="subtle" size="compact-sm" onClick={() => setOriginal(true)}>
            {t("account.original")}
          </Button>
        )}
        {letter.replayedAt ? (
          <span className={css.muted}>{t("account.replayed", { time: dayAndClock(millis(letter.replayedAt), serverNow()) })}</span>
        ) : (
          <Button variant="default" size="compact-sm" loading={replay.isPending} onClick={() => replay.mutate({ deadLetterId: letter.deadLetterId })}>
            {t("account.replay")}
          </Button>
        )}
      </div>
      {original && <Original deadLetterId={letter.deadLetterId} onClose={() => setOriginal(false)} />}
    </li>
  );
}
