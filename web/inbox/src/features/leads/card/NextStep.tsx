import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { AddressKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, LeadNextStep } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { hrefOf } from "../../../rpc/addressHref.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { useAct } from "../deeds.ts";
import { leads, useLeadDialogs } from "../queries.ts";
import css from "../leads.module.css";
import { stepWord } from "../words.ts";
import type { What } from "./LeadDialogs.tsx";

const DIALOGS: Partial<Record<LeadNextStep, What>> = { [LeadNextStep.CONVERT]: "convert", [LeadNextStep.JOIN]: "join", [LeadNextStep.MERGE]: "merge", [LeadNextStep.DECLINE]: "decline" };

/** The one button that stands out: what the server says is to be done now. */
export function NextStep({ lead, onOpen }: { lead: Lead; onOpen: (what: What) => void }) {
  const me = useEmployeeId();
  const { busy, act } = useAct();
  const { leadId, etag, nextStep } = lead;
  if (nextStep === LeadNextStep.UNSPECIFIED) return null;
  if (nextStep === LeadNextStep.ASSIGN) {
    return (
      <>
        <Button loading={busy} onClick={() => act(() => leads.assignLead({ leadId, etag, responsibleEmployeeId: me }), t("leads.taken"))}>
          {t("action.take")}
        </Button>
        <Button variant="default" onClick={() => onOpen("assign")}>
          {t("leads.assign")}
        </Button>
      </>
    );
  }
  if (nextStep === LeadNextStep.CALL) {
    return (
      <>
        <span className={css.muted}>{lead.nextStepReason}</span>
        <Write lead={lead} />
      </>
    );
  }
  if (nextStep === LeadNextStep.ANSWER || nextStep === LeadNextStep.REMIND) return <Write lead={lead} />;
  const what = DIALOGS[nextStep];
  return what ? <Button onClick={() => onOpen(what)}>{stepWord(nextStep)}</Button> : null;
}

/** By the dialog, else by phone or mail, a call by phone first; who has neither gets a way first. */
function Write({ lead }: { lead: Lead }) {
  const navigate = useNavigate();
  const { data, isPending, isEnabled } = useLeadDialogs(lead);
  const word = stepWord(lead.nextStep);
  const [dialog] = data ?? [];
  const phone = lead.addresses.find(({ kind }) => kind === AddressKind.PHONE);
  if (dialog && !(phone && lead.nextStep === LeadNextStep.CALL)) {
    return (
      <LinkButton to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: dialog.conversationId }} search={{}}>
        {word}
      </LinkButton>
    );
  }
  const address = [AddressKind.PHONE, AddressKind.EMAIL].flatMap((kind) => lead.addresses.find((one) => one.kind === kind) ?? [])[0];
  const href = address && hrefOf(address);
  if (href) {
    return (
      <Button component="a" href={href} title={address.display || address.value} loading={isEnabled && isPending}>
        {word}
      </Button>
    );
  }
  return <Button onClick={() => void navigate({ to: "/leads/$leadId", params: { leadId: lead.leadId }, search: { edit: true } })}>{t("leads.addWay")}</Button>;
}
