import { IconUserOff } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Back } from "../Back.tsx";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useCardFeed } from "../live.ts";
import { useLead } from "../queries.ts";
import { isOpen } from "../words.ts";
import { Dialogs } from "./Dialogs.tsx";
import { EditLead } from "./EditLead.tsx";
import { Head } from "./Head.tsx";
import { History } from "./History.tsx";
import { Profile } from "./Profile.tsx";
import { Score } from "./Score.tsx";
import { Visits } from "./Visits.tsx";

/** One lead at a glance: who it is, how far it came, whose it is, what to do now; or the form that changes it. */
export function LeadPage({ leadId }: { leadId: string }) {
  useT();
  const { edit } = useSearch({ strict: false }) as { edit?: true };
  const { data, error, refetch } = useLead(leadId);
  const lead = data?.lead;
  useCardFeed(leadId);
  useTitle(lead?.name || t("leads.title"));
  const problem = error ? problemOf(error) : undefined;
  if (problem && (!lead || problem.reason === "LEAD_NOT_FOUND")) {
    if (problem.reason === "LEAD_NOT_FOUND" || problem.reason === "INVALID_FIELD") {
      return (
        <div className={css.page}>
          <Back />
          <Empty icon={IconUserOff} title={t("leads.notFound")} />
        </div>
      );
    }
    return <Failure what={t("leads.cardFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (!lead) return <SkeletonRows rows={6} height={72} />;
  if (edit && isOpen(lead)) return <EditLead key={leadId} lead={lead} />;
  return (
    <div className={css.page}>
      <Back />
      <Head lead={lead} />
      <div className={sheet.card}>
        <Profile lead={lead} />
        <div className={css.column}>
          <Score lead={lead} />
          {lead.contactPointIds.length > 0 && <Dialogs lead={lead} />}
          <Visits lead={lead} />
          <History leadId={leadId} />
        </div>
      </div>
    </div>
  );
}
