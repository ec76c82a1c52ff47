import { Button } from "@mantine/core";
import { IconMailOff, IconMailPlus, IconMailShare } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type Mailing, MailingState } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, useNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Chip } from "../../ui/Chip.tsx";
import { LinkButton } from "../../ui/form/LinkButton.tsx";
import { Page } from "../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { Time } from "../../ui/Time.tsx";
import { useTitle } from "../../ui/title.ts";
import css from "./mailings.module.css";
import { Progress } from "./Progress.tsx";
import { useMailboxes, useMailings } from "./queries.ts";
import { stateOf } from "./words.ts";

/** Every mailing that the reader may have, the newest first. */
export function MailingsPage() {
  useT();
  useTitle(t("settings.mailings"));
  const { mailings, mayCreate, publicUrlSet, data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useMailings();
  const problem = error && !data ? problemOf(error) : undefined;
  const add = mayCreate && (
    <LinkButton to="/settings/mailings/$mailingId" params={{ mailingId: "new" }} leftSection={<IconMailPlus size={16} stroke={1.75} aria-hidden="true" />}>
      {t("mailings.add")}
    </LinkButton>
  );
  const left = mayCreate && (
    <LinkButton to="/settings/mailings/$mailingId" params={{ mailingId: "unsubscribed" }} variant="default" leftSection={<IconMailOff size={16} stroke={1.75} aria-hidden="true" />}>
      {t("mailings.unsubscribed")}
    </LinkButton>
  );
  return (
    <Page title={t("settings.mailings")} actions={data && <>{left}{mailings.length > 0 && add}</>}>
      {data && !mayCreate && <Strip>{t("mailings.notYours")}</Strip>}
      {mayCreate && !publicUrlSet && <Strip tone="amber">{t("error.NO_PUBLIC_URL", { variable: "OKNO_PUBLIC_URL_EDGE" })}</Strip>}
      {problem && <Failure what={t("mailings.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {isPending && <SkeletonRows rows={3} height={72} />}
      {data && mailings.length === 0 && (
        <Empty icon={IconMailShare} title={t("mailings.none")}>
          {add}
        </Empty>
      )}
      {mailings.length > 0 && (
        <ul className={css.list}>
          {mailings.map((mailing) => (
            <Row key={mailing.mailingId} mailing={mailing} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("mailings.more")}
        </Button>
      )}
    </Page>
  );
}

function Row({ mailing }: { mailing: Mailing }) {
  const now = useNow(60_000);
  const account = useMailboxes().find(({ accountId }) => accountId === mailing.accountId);
  const { tone, text } = stateOf(mailing);
  const { total = 0, sent = 0, failed = 0, left = 0 } = mailing.counts ?? {};
  return (
    <li className={css.row}>
      <div className={css.what}>
        <Link className={css.link} to="/settings/mailings/$mailingId" params={{ mailingId: mailing.mailingId }}>
          {mailing.name}
        </Link>
        <p className={css.muted}>
          {account?.name ?? ""} · <Time at={millis(mailing.startedAt ?? mailing.createdAt)} now={now} />
        </p>
        {mailing.state !== MailingState.DRAFT && <Progress counts={mailing.counts} label={mailing.name} />}
      </div>
      <div className={css.side}>
        <Chip tone={tone}>{text}</Chip>
        <span className={css.muted}>{mailing.state === MailingState.DRAFT ? t("mailings.recipients", { n: total }) : t("mailings.counts", { sent: count(sent), total: count(total) })}</span>
        {failed + left > 0 && <span className={css.muted}>{[failed > 0 && t("mailings.failedN", { n: failed }), left > 0 && t("mailings.unsubscribedN", { n: left })].filter(Boolean).join(", ")}</span>}
      </div>
    </li>
  );
}
