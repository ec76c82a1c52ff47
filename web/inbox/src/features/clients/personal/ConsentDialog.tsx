import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { type Consent, ConsentService } from "../../../gen/okno/crm/v1/consent_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import { focusFirstError } from "../../../ui/form/focus.ts";
import sheet from "../../../ui/sheet.module.css";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import { DateField, SelectField, TextField } from "../../../ui/form/fields.tsx";
import { refresh, useContacts, useDirectories } from "../queries.ts";

type Props = { clientId: string; /** What is withdrawn; without it something is given. */ from?: Consent | undefined; onClose: () => void };

/** Records that somebody agreed, or withdrew what stands. */
export function ConsentDialog({ clientId, from, onClose }: Props) {
  const { of } = useDirectories();
  const { contacts } = useContacts(clientId);
  const today = new Date(serverNow()).toLocaleDateString("sv");
  const [start] = useState({ contactId: from?.contactId ?? "", purposeId: from?.purposeId ?? "", on: today, meansId: "", wording: "", version: "", document: "" });
  const [form, setForm] = useState(start);
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const box = useRef<HTMLFormElement>(null);
  const record = useMutation(ConsentService.method.recordConsent, {
    onSuccess: async () => {
      await refresh(ConsentService);
      toast(t("form.saved"));
      onClose();
    },
  });
  const dirty = Object.entries(form).some(([field, value]) => value !== start[field as keyof typeof start]);
  const guard = useCloseGuard(dirty, onClose);
  const errors = { purpose: form.purposeId ? undefined : t("consents.needsPurpose"), on: form.on && form.on <= today ? undefined : t("consents.needsDay") };
  const set = (part: Partial<typeof start>): void => (record.reset(), setForm({ ...form, ...part }));
  const purposes = of(DirectoryKind.CONSENT_PURPOSE).map(({ entryId, name }) => [entryId, name] as const);
  const means = of(DirectoryKind.CONSENT_MEANS).map(({ entryId, name }) => [entryId, name] as const);
  const people = contacts.filter(({ archivedAt }) => !archivedAt).map(({ contactId, name }) => [contactId, name] as const);
  const act = (): void => {
    setTried(true);
    if (record.isPending) return;
    if (errors.purpose || errors.on) return focusFirstError(box.current);
    record.mutate({ requestId, consent: { ...form, clientId, given: from === undefined } });
  };
  return (
    <Dialog title={t(from ? "consents.newWithdrawal" : "consents.new")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          act();
        }}
      >
        <div className={css.fields}>
          {purposes.length === 0 && <Strip>{t("consents.noPurposes")}</Strip>}
          <SelectField label={t("consents.purpose")} error={tried ? errors.purpose : undefined} none="—" items={purposes} value={form.purposeId} onChange={(purposeId) => set({ purposeId })} />
          {people.length > 0 && <SelectField label={t("consents.person")} none={t("consents.client")} items={people} value={form.contactId} onChange={(contactId) => set({ contactId })} />}
          <div className={css.pair}>
            <DateField label={t("consents.on")} error={tried ? errors.on : undefined} value={form.on} onChange={(on) => set({ on })} />
            <SelectField label={t("consents.means")} none="—" items={means} value={form.meansId} onChange={(meansId) => set({ meansId })} />
          </div>
          {!from && (
            <>
              <TextField label={t("consents.wording")} rows={3} most={10_000} value={form.wording} onChange={(wording) => set({ wording })} />
              <TextField label={t("consents.versionField")} most={100} value={form.version} onChange={(version) => set({ version })} />
            </>
          )}
          <TextField label={t("consents.document")} hint={t("consents.documentHint")} most={300} value={form.document} onChange={(document) => set({ document })} />
        </div>
        {record.error && <Strip tone="red">{problemText(problemOf(record.error))}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={record.isPending}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
