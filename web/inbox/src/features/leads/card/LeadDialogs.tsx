import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Lead, LeadService, LeadState } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import { Picker } from "../../../ui/Picker.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useDeed } from "../deeds.ts";
import { usePeople } from "../fields.tsx";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { leads, useLead } from "../queries.ts";
import { ConvertDialog } from "./ConvertDialog.tsx";

export type What = "assign" | "convert" | "join" | "merge" | "decline" | "erase";

type Props = { lead: Lead; onClose: () => void };

/** What asks before it is done. */
export function LeadDialogs({ what, ...props }: Props & { what: What }) {
  useT();
  if (what === "assign") return <Assign {...props} />;
  if (what === "merge") return <Merge {...props} />;
  if (what === "decline") return <Decline {...props} />;
  if (what === "erase") return <Erase {...props} />;
  return <ConvertDialog {...props} join={what === "join"} />;
}

const NOBODY = "nobody";

function Assign({ lead, onClose }: Props) {
  const people = usePeople(useEmployeeId());
  const deed = useDeed();
  const { leadId, etag } = lead;
  const assign = (id: string): void =>
    deed.run(
      () => leads.assignLead({ leadId, etag, responsibleEmployeeId: id === NOBODY ? "" : id }),
      () => (toast(t("leads.assigned")), onClose()),
    );
  return (
    <Dialog title={t("leads.assign")} onClose={onClose}>
      <Picker label={t("leads.field.responsibleEmployeeId")} items={[...people, ...(lead.responsibleEmployeeId ? [{ id: NOBODY, name: t("leads.nobody") }] : [])]} onPick={({ id }) => assign(id)} />
      {deed.text && <Strip tone="red">{deed.text}</Strip>}
    </Dialog>
  );
}

const MOST_REASON = 500;

function Decline({ lead, onClose }: Props) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const deed = useDeed();
  const { leadId, etag } = lead;
  const decline = (): void => {
    setTried(true);
    if (reason.trim()) deed.run(() => leads.declineLead({ leadId, etag, reason: reason.trim() }), () => (toast(t("leads.declined")), onClose()));
  };
  return (
    <Dialog title={t("leads.decline")} onClose={onClose}>
      <form
        className={css.fields}
        onSubmit={(event) => {
          event.preventDefault();
          decline();
        }}
      >
        <TextField label={t("leads.field.declineReason")} hint={t("leads.declineHint")} error={tried && !reason.trim() ? t("form.required") : undefined} rows={3} most={MOST_REASON} value={reason} onChange={(text) => (deed.reset(), setReason(text))} />
        {deed.text && <Strip tone="red">{deed.text}</Strip>}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={deed.busy}>
            {t("leads.decline")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const SHORTEST = 2;

/** Found by name, phone or mail among those that somebody works on; the one that it repeats is offered at once. */
function Merge({ lead, onClose }: Props) {
  const [query, setQuery] = useState("");
  const [intoId, setIntoId] = useState(lead.repeatsLeadId);
  const deed = useDeed();
  const navigate = useNavigate();
  const asked = query.trim();
  const filter = { query: asked, states: [LeadState.NEW, LeadState.REPEATED] };
  const { data } = useQuery(LeadService.method.listLeads, { filter, pageSize: 20 }, { enabled: asked.length >= SHORTEST, staleTime: 10_000, placeholderData: (before) => before });
  const found = asked.length < SHORTEST ? [] : (data?.leads ?? []).filter(({ leadId }) => leadId !== lead.leadId);
  const into = useLead(intoId).data?.lead;
  const { leadId, etag } = lead;
  const merge = (): void =>
    deed.run(
      () => leads.mergeLead({ leadId, etag, intoLeadId: intoId }),
      () => {
        toast(t("leads.merged"));
        onClose();
        void navigate({ to: "/leads/$leadId", params: { leadId: intoId }, search: {} });
      },
    );
  return (
    <Dialog title={t("leads.mergeInto")} wide={!intoId} onClose={onClose}>
      {intoId ? (
        <>
          <p>{t("leads.mergeWhat", { from: lead.name, into: into?.name ?? "…" })}</p>
          {deed.text && <Strip tone="red">{deed.text}</Strip>}
          <div className={sheet.dialogEnd}>
            <Button variant="default" onClick={() => setIntoId("")}>
              {t("leads.another")}
            </Button>
            <Button data-autofocus loading={deed.busy} onClick={merge}>
              {t("leads.merge")}
            </Button>
          </div>
        </>
      ) : (
        <Picker
          label={t("leads.findLead")}
          items={found.map((one) => ({ id: one.leadId, name: one.name, detail: one.addresses[0]?.display ?? "" }))}
          query={query}
          onQuery={setQuery}
          empty={t(asked.length < SHORTEST ? "leads.findHint" : "leads.noneFound")}
          onPick={({ id }) => setIntoId(id)}
        />
      )}
    </Dialog>
  );
}

function Erase({ lead, onClose }: Props) {
  const deed = useDeed();
  const navigate = useNavigate();
  const { leadId, etag } = lead;
  const erase = (): void =>
    deed.run(
      () => leads.eraseLead({ leadId, etag }),
      () => {
        toast(t("leads.erased"));
        void navigate({ to: "/leads", search: {} });
      },
    );
  return (
    <Dialog title={t("leads.eraseTitle")} onClose={onClose}>
      <p>{t("leads.eraseHint")}</p>
      {deed.text && <Strip tone="red">{deed.text}</Strip>}
      <div className={sheet.dialogEnd}>
        <Button variant="default" data-autofocus onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button color="red" loading={deed.busy} onClick={erase}>
          {t("leads.erase")}
        </Button>
      </div>
    </Dialog>
  );
}
