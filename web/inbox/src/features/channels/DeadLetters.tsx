import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { dayAndClock, fileSize } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";

/** What came and could not be read: kept with its bytes and the reason, and read again after an upgrade. */
export function DeadLetters({ accountId }: { accountId: string }) {
  const { data, refetch } = useQuery(ChannelAccountService.method.listDeadLetters, { accountId, pageSize: 50 }, { staleTime: 0 });
  const replay = useMutation(ChannelAccountService.method.replayDeadLetter, { onSuccess: () => refetch() });
  const letters = data?.deadLetters ?? [];
  return (
    <Section title={t("account.deadLetters")}>
      {replay.error && <Strip tone="red">{problemText(problemOf(replay.error))}</Strip>}
      {letters.length === 0 && <p className={css.muted}>{t("account.deadLettersNone")}</p>}
      <ul>
        {letters.map((letter) => (
          <li key={letter.deadLetterId} className={css.letter}>
            <span>
              {letter.reason}
              <br />
              <span className={css.muted}>
                {dayAndClock(millis(letter.receivedAt), serverNow())} · {fileSize(Number(letter.sizeBytes))}
              </span>
            </span>
            {letter.replayedAt ? (
              <span className={css.muted}>{t("account.replayed", { time: dayAndClock(millis(letter.replayedAt), serverNow()) })}</span>
            ) : (
              <Button variant="default" size="compact-sm" onClick={() => replay.mutate({ deadLetterId: letter.deadLetterId })}>
                {t("account.replay")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
