import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { AddressKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { LeadService } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemOf } from "../../rpc/errors.ts";
import { newId } from "../../rpc/ids.ts";
import { refusal } from "../../rpc/refusal.ts";
import { useEmployeeId } from "../../rpc/session.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { useCloseGuard } from "../../ui/form/closeGuard.tsx";
import { TextField } from "../../ui/form/fields.tsx";
import { focusFirstError } from "../../ui/form/focus.ts";
import { changedFields } from "../../ui/form/rebase.ts";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import { AddressesField, FromFields, KindField, NameFields, ResponsibleField } from "./fields.tsx";
import { emptyForm, errorsOf, LEAD_FIELDS, type LeadForm, message } from "./form.ts";
import css from "./leads.module.css";
import sheet from "../../ui/sheet.module.css";
import { refreshLeads } from "./queries.ts";

/** A new lead: who it is and a way to reach them. Whether the person is known already the server finds out. */
export function NewLead({ onClose }: { onClose: () => void }) {
  useT();
  const me = useEmployeeId();
  const [before] = useState(() => withPhone(emptyForm(me)));
  const [form, setForm] = useState<LeadForm>(before);
  const [tried, setTried] = useState(false);
  const request = useRef({ content: "", id: "" });
  const box = useRef<HTMLFormElement>(null);
  const navigate = useNavigate();
  const guard = useCloseGuard(changedFields(before, form).length > 0, onClose);
  const create = useMutation(LeadService.method.createLead, {
    onSuccess: async ({ lead }) => {
      await refreshLeads();
      toast(t("leads.created"));
      onClose();
      if (lead) void navigate({ to: "/leads/$leadId", params: { leadId: lead.leadId }, search: {} });
    },
    onError: () => focusFirstError(box.current),
  });
  const refused = refusal(create.error ? problemOf(create.error) : undefined, LEAD_FIELDS);
  const submit = (): void => {
    setTried(true);
    if (create.isPending) return;
    if (Object.keys(errorsOf(form)).length > 0) return focusFirstError(box.current);
    // The same content, repeated after a lost answer, is the same request.
    const content = JSON.stringify(form);
    if (request.current.content !== content) request.current = { content, id: newId() };
    create.mutate({ requestId: request.current.id, lead: message(form) });
  };
  const fields = { form, errors: { ...refused.fields, ...(tried ? errorsOf(form) : {}) }, onChange: (part: Partial<LeadForm>) => (create.reset(), setForm({ ...form, ...part })) };
  return (
    <Dialog title={t("leads.new")} wide onClose={guard.close}>
      <form
        ref={box}
        className={css.fields}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <KindField {...fields} />
        <NameFields {...fields} />
        <AddressesField {...fields} />
        <FromFields {...fields} />
        <TextField label={t("leads.field.comment")} error={fields.errors.comment} rows={3} most={10_000} value={form.comment} onChange={(comment) => fields.onChange({ comment })} />
        <ResponsibleField {...fields} />
        {refused.rest && <Strip tone="red">{refused.rest}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("leads.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function withPhone(form: LeadForm): LeadForm {
  return { ...form, addresses: [{ $typeName: "okno.crm.v1.ClientAddress", kind: AddressKind.PHONE, value: "", display: "", isMain: false, key: "", contactPointId: "" }] };
}
