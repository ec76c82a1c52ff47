import { useMutation } from "@connectrpc/connect-query";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, LeadService } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { pathOf, refusal } from "../../../rpc/refusal.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { Flag, TextField } from "../../../ui/form/fields.tsx";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Page, Section } from "../../../ui/Page.tsx";
import { toast } from "../../../ui/toasts.ts";
import { AddressesField, FromFields, KindField, NameFields, ResponsibleField } from "../fields.tsx";
import { errorsOf, fieldName, formOf, LEAD_FIELDS, message, useSay } from "../form.ts";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refreshLeads, useAccessLevels } from "../queries.ts";

/** The lead as a form. A colleague who was faster is told of, field by field; nothing is overwritten. */
export function EditLead({ lead }: { lead: Lead }) {
  const edit = useEdit(formOf(lead), lead.etag);
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const say = useSay();
  const levels = useAccessLevels().filter((level) => !level.archived || edit.form.accessLevelIds.includes(level.accessLevelId));
  const { leadId, etag } = lead;
  const update = useMutation(LeadService.method.updateLead, {
    onSuccess: async () => {
      await refreshLeads();
      toast(t("form.saved"));
    },
    // A newer version is on its way into the form; what was typed is laid upon it.
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refreshLeads(),
  });
  const { isSuccess } = update;
  // Once the guard knows that nothing is left behind.
  useEffect(() => {
    if (isSuccess) void navigate({ to: "/leads/$leadId", params: { leadId }, search: {}, replace: true });
  }, [isSuccess, leadId, navigate]);
  const problem = update.error ? problemOf(update.error) : undefined;
  const refused = refusal(problem, LEAD_FIELDS);
  const wrong = errorsOf(edit.form, lead.contactPointIds.length > 0);
  const save = (): void => {
    setTried(true);
    if (edit.dirty.length === 0 || update.isPending) return;
    if (Object.keys(wrong).length > 0) return focusFirstError(box.current);
    update.mutate({ lead: { ...message(edit.form), leadId, etag }, updateMask: { paths: edit.dirty.map(pathOf) } }, { onError: () => focusFirstError(box.current) });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: edit.dirty.length > 0 });
  const stale = problem?.reason === "ETAG_MISMATCH";
  const fields = { form: edit.form, errors: { ...refused.fields, ...(tried ? wrong : {}) }, onChange: (part: Partial<typeof edit.form>) => (update.reset(), edit.change(part)) };
  return (
    <Page
      title={lead.name || t("leads.unnamed")}
      back={
        <Link className={sheet.back} to="/leads/$leadId" params={{ leadId }} search={{}}>
          <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("leads.toCard")}
        </Link>
      }
    >
      <div ref={box} className={css.column}>
        <Section title={t("leads.general")}>
          <div className={css.fields}>
            <KindField {...fields} />
            <NameFields {...fields} />
            {edit.form.kind !== ClientKind.COMPANY && <TextField label={t("leads.field.name")} hint={t("leads.nameHint")} value={edit.form.name} onChange={(name) => fields.onChange({ name })} />}
            <ResponsibleField {...fields} />
          </div>
        </Section>
        <Section title={t("leads.reach")}>
          <AddressesField {...fields} />
          <Flag label={t("leads.field.unsubscribed")} checked={edit.form.unsubscribed} onChange={(unsubscribed) => fields.onChange({ unsubscribed })} />
        </Section>
        <Section title={t("leads.about")}>
          <FromFields {...fields} />
          <TextField label={t("leads.field.comment")} error={fields.errors.comment} rows={5} most={10_000} value={edit.form.comment} onChange={(comment) => fields.onChange({ comment })} />
          {levels.length > 0 && <Checks label={t("leads.field.accessLevelIds")} items={levels.map((level) => ({ id: level.accessLevelId, name: level.name }))} chosen={edit.form.accessLevelIds} error={fields.errors.accessLevelIds} onChange={(accessLevelIds) => fields.onChange({ accessLevelIds })} />}
        </Section>
      </div>
      {/* In sight wherever the form is read: it is long. */}
      <div className={sheet.foot}>
        <News edit={edit} name={fieldName} say={(field, form) => say(field, form[field])} />
        <SaveBar changes={edit.dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : refused.rest} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), edit.reset())} />
      </div>
      <LeaveGuard dirty={edit.dirty.length > 0 && !isSuccess} />
    </Page>
  );
}
