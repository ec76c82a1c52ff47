import { Button } from "@mantine/core";
import { IconClick, IconFileText, IconMessageCircle, type TablerIcon } from "@tabler/icons-react";
import { VisitDevice, VisitStepKind } from "../../../gen/okno/channel/v1/visit_pb.ts";
import type { Lead, LeadForm, LeadVisit, LeadVisitStep } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { clock, dayAndClock, duration } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import css from "../leads.module.css";
import { useLeadVisits } from "../queries.ts";
import { isHere } from "../visits.ts";
import { Left } from "./Left.tsx";

/** What the person did on the site: a line a visit, its pages below it. */
export function Visits({ lead }: { lead: Lead }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLeadVisits(lead.leadId);
  const visits = data?.pages.flatMap((page) => page.visits) ?? [];
  const forms = data?.pages[0]?.forms ?? [];
  const problem = error && !data ? problemOf(error) : undefined;
  // Who has no dialog has no visits, but somebody may have left their number in a form.
  if (lead.contactPointIds.length === 0 && forms.length === 0 && !problem) return null;
  return (
    <Section title={t("leads.visits")}>
      {problem && <Failure what={t("leads.visitsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && visits.length === 0 && forms.length === 0 && <p className={css.muted}>{t("leads.noVisits")}</p>}
      <Left lead={lead} forms={forms} visits={visits} />
      {forms.length > 0 && (
        <ul className={css.steps} aria-label={t("leads.left.byOthers")}>
          {forms.map((form, index) => (
            <Form key={index} form={form} />
          ))}
        </ul>
      )}
      {visits.length > 0 && (
        <ul className={css.visits}>
          {visits.map((visit) => (
            <Visit key={visit.visitId} visit={visit} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("leads.showMore")}
        </Button>
      )}
    </Section>
  );
}

const DEVICES: Readonly<Record<number, Key>> = { [VisitDevice.COMPUTER]: "leads.device.computer", [VisitDevice.PHONE]: "leads.device.phone", [VisitDevice.TABLET]: "leads.device.tablet" };

function Visit({ visit }: { visit: LeadVisit }) {
  const now = useNow(60_000);
  const pages = visit.steps.filter(({ kind }) => kind === VisitStepKind.PAGE).length;
  const { utm_source: source, utm_campaign: campaign } = visit.marks;
  const device = DEVICES[visit.device];
  const line = [
    dayAndClock(millis(visit.startedAt), now),
    t("leads.visit.pages", { n: pages }),
    visit.referrerHost && t("leads.visit.from", { host: visit.referrerHost }),
    [source, campaign].filter(Boolean).join(" / "),
    visit.seconds > 0 && duration(visit.seconds * 1000),
    device && t(device),
  ];
  return (
    <li>
      <details className={css.details}>
        <summary>
          {line.filter(Boolean).join(" · ")} {visit.number > 1 && <Chip tone="gray">{t("leads.visit.number", { n: visit.number })}</Chip>}{" "}
          {isHere(visit, now) && <Chip tone="green">{t("leads.visit.here")}</Chip>}
        </summary>
        <ol className={css.steps}>
          {visit.steps.map((step, index) => (
            <Step key={`${millis(step.at)} ${index}`} step={step} />
          ))}
        </ol>
      </details>
    </li>
  );
}

/** A form that somebody sent whom nobody knows. */
function Form({ form }: { form: LeadForm }) {
  const now = useNow(60_000);
  const left = [form.leftName, form.leftPhone, form.leftEmail].filter(Boolean).join(", ");
  return (
    <li>
      <IconClick size={16} stroke={1.75} aria-hidden="true" />
      <span>
        {form.name ? t("leads.left.form", { name: form.name, what: left }) : t("leads.left.someForm", { what: left })} <span className={css.muted}>{form.path}</span>
      </span>
      <span className={css.muted}>{dayAndClock(millis(form.at), now)}</span>
    </li>
  );
}

const ICONS: Readonly<Record<number, TablerIcon>> = { [VisitStepKind.FORM]: IconClick, [VisitStepKind.CHAT]: IconMessageCircle };

function Step({ step }: { step: LeadVisitStep }) {
  const Icon = ICONS[step.kind] ?? IconFileText;
  const left = [step.leftName, step.leftPhone, step.leftEmail].filter(Boolean).join(", ");
  const form = step.name ? t("leads.visit.form", { name: step.name }) : t("leads.visit.someForm");
  const what = step.kind === VisitStepKind.FORM ? form : step.kind === VisitStepKind.CHAT ? t("leads.visit.chat") : step.title || step.path;
  return (
    <li>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span>
        {what} {step.kind === VisitStepKind.PAGE && step.title && <span className={css.muted}>{step.path}</span>}
        {left && <span className={css.muted}>{t("leads.visit.left", { what: left })}</span>}
      </span>
      <span className={css.muted}>
        {clock(millis(step.at))}
        {step.seconds > 0 && ` · ${duration(step.seconds * 1000)}`}
      </span>
    </li>
  );
}
