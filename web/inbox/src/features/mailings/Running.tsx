import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconRepeat } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Mailing, MailingRecipientState as State, type MailingRecipient, MailingState } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, useNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Chip } from "../../ui/Chip.tsx";
import { LinkButton } from "../../ui/form/LinkButton.tsx";
import table from "../../ui/form/table.module.css";
import { Section } from "../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { Time } from "../../ui/Time.tsx";
import css from "./mailings.module.css";
import { Progress } from "./Progress.tsx";
import { isMoving, refreshMailings, useMailboxes, useRecipients } from "./queries.ts";
import { mailings } from "./client.ts";
import { recipientState, stateOf, whyOf } from "./words.ts";

type Act = "start" | "stop" | "retry";

/** A mailing that was started: how far it is, who failed and why, and what can be done. */
export function Running({ mailing }: { mailing: Mailing }) {
  useT();
  const account = useMailboxes().find(({ accountId }) => accountId === mailing.accountId);
  const { mailingId, state, counts } = mailing;
  const act = useMutation({
    mutationFn: async (what: Act) => void (what === "start" ? await mailings.startMailing({ mailingId }) : what === "stop" ? await mailings.stopMailing({ mailingId }) : await mailings.retryMailing({ mailingId })),
    onSettled: () => refreshMailings(),
  });
  const { tone, text } = stateOf(mailing);
  const { total = 0, waiting = 0, queued = 0, retryable = 0, left = 0 } = counts ?? {};
  const button = (what: Act, label: string, Icon: typeof IconRefresh, primary = false) => (
    <Button variant={primary ? "filled" : "default"} loading={act.isPending && act.variables === what} disabled={act.isPending} leftSection={<Icon size={16} stroke={1.75} aria-hidden="true" />} onClick={() => act.mutate(what)}>
      {label}
    </Button>
  );
  return (
    <>
      <Section title={t("mailing.sending")}>
        <div className={css.head}>
          <Chip tone={tone}>{text}</Chip>
          <span>{t("mailings.progress", { done: count(total - waiting - queued), total: count(total) })}</span>
          <span className={css.muted}>
            {account?.name ?? ""} · {t("mailing.perMinute", { n: mailing.perMinute })}
          </span>
          {left > 0 && <span className={css.muted}>{t("mailing.left", { n: left })}</span>}
        </div>
        <Progress counts={counts} label={t("mailing.sending")} />
        {mailing.accountOff && state === MailingState.RUNNING && <Strip tone="amber">{t("mailing.accountOff")}</Strip>}
        {act.error && <Strip tone="red">{problemText(problemOf(act.error))}</Strip>}
        <div className={css.buttons}>
          {(state === MailingState.RUNNING || (state === MailingState.DONE && queued > 0)) && button("stop", t("mailing.stop"), IconPlayerPause)}
          {state === MailingState.STOPPED && button("start", t("mailing.goOn"), IconPlayerPlay, true)}
          {retryable > 0 && state !== MailingState.STOPPED && button("retry", t("mailing.retry", { n: retryable }), IconRefresh)}
          {state !== MailingState.RUNNING && (
            <LinkButton to="/settings/mailings/$mailingId" params={{ mailingId: "new" }} search={{ after: mailingId }} variant="default" leftSection={<IconRepeat size={16} stroke={1.75} aria-hidden="true" />}>
              {t("mailing.again")}
            </LinkButton>
          )}
        </div>
      </Section>
      <People mailing={mailing} />
      <Section title={t("mailing.letter")}>
        <p className={css.subject}>{mailing.subject}</p>
        <p className={css.text}>{mailing.text}</p>
      </Section>
    </>
  );
}

const ALL = [State.FAILED, State.UNKNOWN, State.UNSUBSCRIBED, State.SKIPPED, State.QUEUED, State.WAITING, State.SENT] as const;

function countOf({ counts }: Mailing, state: State): number {
  const { waiting = 0, queued = 0, sent = 0, failed = 0, unsubscribed = 0, skipped = 0, unknown = 0 } = counts ?? {};
  return { [State.UNSPECIFIED]: 0, [State.WAITING]: waiting, [State.QUEUED]: queued, [State.SENT]: sent, [State.FAILED]: failed, [State.UNSUBSCRIBED]: unsubscribed, [State.SKIPPED]: skipped, [State.UNKNOWN]: unknown }[state];
}

/** The recipients, those who want looking at first. */
function People({ mailing }: { mailing: Mailing }) {
  const [chosen, setChosen] = useState<State | undefined>();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRecipients(mailing.mailingId, chosen === undefined ? [] : [chosen], isMoving(mailing));
  // The list of a moving mailing is asked for now and then, and once more when it has come to rest.
  const moving = isMoving(mailing);
  useEffect(() => {
    if (!moving) void refetch();
  }, [moving, refetch]);
  const people = data?.pages.flatMap((page) => page.recipients) ?? [];
  return (
    <Section title={t("mailing.whom")}>
      <div className={css.buttons} role="group" aria-label={t("mailing.filter")}>
        <Filter label={t("mailing.all")} n={mailing.counts?.total ?? 0} pressed={chosen === undefined} onPick={() => setChosen(undefined)} />
        {ALL.filter((state) => countOf(mailing, state) > 0 || state === chosen).map((state) => (
          <Filter key={state} label={recipientState(state).text} n={countOf(mailing, state)} pressed={chosen === state} onPick={() => setChosen(state)} />
        ))}
      </div>
      {error && !data && <Failure what={t("mailings.failed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {isPending && <SkeletonRows rows={5} height={44} />}
      {data && people.length === 0 && <p className={css.muted}>{t("mailing.nobody")}</p>}
      {people.length > 0 && (
        <div className={table.wrap}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{t("mailing.whom")}</th>
                <th scope="col">{t("mailing.state")}</th>
                <th scope="col" data-hide>
                  {t("mailing.when")}
                </th>
              </tr>
            </thead>
            <tbody>
              {people.map((person) => (
                <Recipient key={person.address} person={person} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("mailings.more")}
        </Button>
      )}
    </Section>
  );
}

function Filter({ label, n, pressed, onPick }: { label: string; n: number; pressed: boolean; onPick: () => void }) {
  return (
    <Button variant={pressed ? "filled" : "default"} size="compact-sm" aria-pressed={pressed} onClick={onPick}>
      {label} {count(n)}
    </Button>
  );
}

function Recipient({ person }: { person: MailingRecipient }) {
  const now = useNow(60_000);
  const { tone, text } = recipientState(person.state);
  const why = whyOf(person);
  const who = person.name || person.address;
  return (
    <tr>
      <th scope="row">
        {person.conversationId ? (
          <Link className={css.link} to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: person.conversationId }}>
            {who}
          </Link>
        ) : (
          who
        )}
        {person.name && <div className={css.muted}>{person.address}</div>}
      </th>
      <td>
        <Chip tone={tone}>{text}</Chip>
        {why && <div className={css.why}>{why}</div>}
      </td>
      <td data-hide className={css.muted}>
        <Time at={millis(person.at)} now={now} />
      </td>
    </tr>
  );
}
