import { Button, Switch } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { ChannelAccountService, type DeadLetter } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { dayAndClock, fileSize } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Section } from "../../ui/Page.tsx";
import { Failure } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import css from "./channels.module.css";
import { refreshAccounts } from "./queries.ts";

const PAGE = 50;

/** What came and could not be read: kept with its bytes and the reason, and read again after an upgrade. */
export function DeadLetters({ accountId }: { accountId: string }) {
  const [withReplayed, setWithReplayed] = useState(false);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    ChannelAccountService.method.listDeadLetters,
    { accountId, pageSize: PAGE, pageToken: "", withReplayed },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 },
  );
  const letters = data?.pages.flatMap((page) => page.deadLetters) ?? [];
  return (
    <Section title={t("account.deadLetters")}>
      <Switch label={t("account.withReplayed")} checked={withReplayed} onChange={(event) => setWithReplayed(event.currentTarget.checked)} />
      {error && !data && <Failure what={t("account.deadLettersFailed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {data && letters.length === 0 && <p className={css.muted}>{t("account.deadLettersNone")}</p>}
      <ul>
        {letters.map((letter) => (
          <Letter key={letter.deadLetterId} letter={letter} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("account.moreLetters")}
        </Button>
      )}
    </Section>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const replay = useMutation(ChannelAccountService.method.replayDeadLetter, {
    onSuccess: () => toast(t("account.replayedDone")),
    onSettled: () => refreshAccounts(),
  });
  const problem = replay.error ? problemOf(replay.error) : undefined;
  return (
    <li className={css.letter}>
      <span>
        {letter.reason}
        <br />
        <span className={css.muted}>
          {dayAndClock(millis(letter.receivedAt), serverNow())} · {fileSize(Number(letter.sizeBytes))} · {letter.key}
        </span>
        {problem && <Strip tone="red">{problemText(problem)}</Strip>}
      </span>
      {letter.replayedAt ? (
        <span className={css.muted}>{t("account.replayed", { time: dayAndClock(millis(letter.replayedAt), serverNow()) })}</span>
      ) : (
        <Button variant="default" size="compact-sm" loading={replay.isPending} onClick={() => replay.mutate({ deadLetterId: letter.deadLetterId })}>
          {t("account.replay")}
        </Button>
      )}
    </li>
  );
}
