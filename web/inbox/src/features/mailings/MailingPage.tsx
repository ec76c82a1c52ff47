import { IconMailOff } from "@tabler/icons-react";
import { useParams, useSearch } from "@tanstack/react-router";
import { MailingState } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Page } from "../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { useTitle } from "../../ui/title.ts";
import { Back } from "./Back.tsx";
import { EMPTY } from "./draft.ts";
import { MailingForm } from "./MailingForm.tsx";
import { MailingsPage } from "./MailingsPage.tsx";
import { useDraft, useMailing } from "./queries.ts";
import { Running } from "./Running.tsx";
import { UnsubscribedPage } from "./UnsubscribedPage.tsx";

const NEW = "new";
const UNSUBSCRIBED = "unsubscribed";

/** What the address names: all, one, a new one, or who takes none. */
export function MailingPage() {
  const { mailingId } = useParams({ strict: false });
  if (!mailingId) return <MailingsPage />;
  return mailingId === UNSUBSCRIBED ? <UnsubscribedPage /> : <One mailingId={mailingId} />;
}

/** One mailing: its form before it is started, what becomes of it after that. */
function One({ mailingId }: { mailingId: string }) {
  useT();
  const { after = "" } = useSearch({ strict: false }) as { after?: string };
  const fresh = mailingId === NEW;
  const { mailing, error, refetch } = useMailing(fresh ? after : mailingId);
  const title = fresh ? t("mailings.new") : (mailing?.name ?? t("settings.mailings"));
  useTitle(title);
  const needed = !fresh || after !== "";
  if (error && !mailing) {
    const problem = problemOf(error);
    if (problem.reason === "MAILING_NOT_FOUND") return <Empty icon={IconMailOff} title={t("mailing.notFound")} />;
    return <Failure what={t("mailings.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (needed && !mailing) return <SkeletonRows rows={6} height={56} />;
  const written = fresh || mailing?.state === MailingState.DRAFT;
  return (
    <Page title={title} back={<Back />} wide={!written}>
      {fresh && after !== "" && <Strip>{t("mailing.after", { name: mailing?.name ?? "" })}</Strip>}
      {written ? <Written key={`${mailingId} ${after}`} mailingId={fresh ? after : mailingId} after={fresh ? after : undefined} /> : mailing && <Running mailing={mailing} />}
    </Page>
  );
}

/** Written anew, from a draft, or from the mailing that it follows. What arrives later is the form's to deal with. */
function Written({ mailingId, after }: { mailingId: string; after: string | undefined }) {
  const { data, error, refetch } = useDraft(mailingId);
  if (error) return <Failure what={t("mailings.failed")} why={problemText(problemOf(error))} retry={() => void refetch()} />;
  const draft = mailingId ? data : EMPTY;
  if (!draft) return <SkeletonRows rows={6} height={56} />;
  return <MailingForm initial={after === undefined ? draft : { ...draft, mailing: undefined }} afterMailingId={after ?? ""} />;
}
