import { Button } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { type Lead, LeadNextStep, LeadState } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { Time } from "../../../ui/Time.tsx";
import { useAct } from "../deeds.ts";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { leads, useClientName, useLead } from "../queries.ts";
import { isOpen, kindWord, stateTone, stateWord } from "../words.ts";
import type { What } from "./LeadDialogs.tsx";
import { NextStep } from "./NextStep.tsx";

const LeadDialogs = part(() => import("./LeadDialogs.tsx").then(({ LeadDialogs: component }) => component), { ahead: true });

/** Who it is and what to do with it; what is usual now is the one button that stands out. */
export function Head({ lead }: { lead: Lead }) {
  const [open, setOpen] = useState<What>();
  const navigate = useNavigate();
  const me = useMe().employee;
  const { act } = useAct();
  const { leadId, etag, state } = lead;
  const alive = isOpen(lead);
  const reopen = async (): Promise<unknown> => leads.reopenLead({ leadId, etag: await newest(leadId) });
  const deed = (what: What, label: string): MenuItem => ({ kind: "action", label, run: () => setOpen(what) });
  const items = (): MenuItem[] => [
    ...(alive ? [deed("assign", t("leads.assign")), deed("convert", t("leads.step.convert")), deed("join", t("leads.joinClient")), deed("merge", t("leads.mergeInto"))] : []),
    ...(state === LeadState.REPEATED ? [{ kind: "action", label: t("leads.settle"), run: () => act(() => leads.settleLead({ leadId, etag }), t("leads.settled"), reopen) } as const] : []),
    ...(alive ? [deed("decline", t("leads.decline"))] : []),
    ...(isAdministrator(me) && state !== LeadState.CONVERTED ? [{ kind: "line" } as const, { kind: "action", label: t("leads.erase"), danger: true, run: () => setOpen("erase") } as const] : []),
  ];
  const takes = alive && lead.responsibleEmployeeId !== me?.employeeId && lead.nextStep !== LeadNextStep.ASSIGN;
  return (
    <>
      <header className={css.cardHead}>
        <div className={sheet.cardTitle}>
          <h1 tabIndex={-1} data-heading>
            {lead.name || t("leads.unnamed")}
          </h1>
          <Glance lead={lead} />
        </div>
        <div className={css.headActions}>
          <NextStep lead={lead} onOpen={setOpen} />
          {takes && (
            <Button variant="default" onClick={() => act(() => leads.assignLead({ leadId, etag, responsibleEmployeeId: me?.employeeId ?? "" }), t("leads.taken"))}>
              {t("action.take")}
            </Button>
          )}
          {alive && (
            <Button variant="default" onClick={() => void navigate({ to: "/leads/$leadId", params: { leadId }, search: { edit: true } })}>
              {t("leads.edit")}
            </Button>
          )}
          {canReopen(lead) && (
            <Button variant="default" onClick={() => act(() => leads.reopenLead({ leadId, etag }), t("leads.reopened"))}>
              {t("leads.reopen")}
            </Button>
          )}
          {items().length > 0 && (
            <Menu label={t("action.more")} items={items}>
              {(button) => (
                <IconButton label={t("action.more")} {...button}>
                  <IconDots size={20} stroke={1.75} aria-hidden="true" />
                </IconButton>
              )}
            </Menu>
          )}
        </div>
      </header>
      <Became lead={lead} />
      <Suspense>{open && <LeadDialogs what={open} lead={lead} onClose={() => setOpen(undefined)} />}</Suspense>
    </>
  );
}

/** What was joined or merged stays where it went. */
function canReopen({ state, clientId, mergedIntoLeadId }: Lead): boolean {
  return state === LeadState.DECLINED || (state === LeadState.REPEATED_PROCESSED && !clientId && !mergedIntoLeadId);
}

async function newest(leadId: string): Promise<string> {
  return (await leads.getLead({ leadId })).lead?.etag ?? "";
}

/** The lines that answer most questions before they are asked. */
function Glance({ lead }: { lead: Lead }) {
  const employees = useEmployees();
  const now = useNow(60_000);
  const responsible = lead.responsibleEmployeeId ? (employees.get(lead.responsibleEmployeeId)?.name ?? "…") : "";
  return (
    <>
      <p className={css.meta}>
        {[kindWord(lead.kind), lead.companyName, responsible ? t("leads.responsibleIs", { name: responsible }) : t("leads.nobody")].filter(Boolean).join(" · ")}
        {" · "}
        {t("leads.since")} <Time at={millis(lead.createdAt)} now={now} />
        {" · "}
        {t("leads.lastActivity")} <Time at={millis(lead.activeAt)} now={now} />
      </p>
      <p className={sheet.chips}>
        <Chip tone={stateTone(lead.state)}>{stateWord(lead.state)}</Chip>
        {lead.unsubscribed && <Chip>{t("leads.field.unsubscribed")}</Chip>}
      </p>
    </>
  );
}

/** What it repeats, what it became, or why it was declined. */
function Became({ lead }: { lead: Lead }) {
  const clientId = lead.clientId || (isOpen(lead) ? lead.repeatsClientId : "");
  const otherId = lead.mergedIntoLeadId || (isOpen(lead) ? lead.repeatsLeadId : "");
  const client = useClientName(clientId);
  const other = useLead(otherId).data?.lead?.name ?? "";
  return (
    <>
      {clientId && (
        <Strip
          actions={
            <Link className={css.link} to="/clients/$clientId" params={{ clientId }} search={{}}>
              {t("leads.openClient")}
            </Link>
          }
        >
          {t(lead.clientId ? "leads.becameClient" : "leads.repeatsClient", { name: client || "…" })}
        </Strip>
      )}
      {otherId && (
        <Strip
          actions={
            <Link className={css.link} to="/leads/$leadId" params={{ leadId: otherId }} search={{}}>
              {t("leads.openLead")}
            </Link>
          }
        >
          {t(lead.mergedIntoLeadId ? "leads.isMerged" : "leads.repeatsLead", { name: other || "…" })}
        </Strip>
      )}
      {lead.declineReason && <Strip>{t("leads.declinedFor", { reason: lead.declineReason })}</Strip>}
    </>
  );
}
