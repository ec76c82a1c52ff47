import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { type Consent, ConsentService } from "../../../gen/okno/crm/v1/consent_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refresh, useDirectories } from "../queries.ts";
import css from "./personal.module.css";

/** Marks a record as a mistake, with the reason. */
export function AnnulDialog({ consent, onClose }: { consent: Consent; onClose: () => void }) {
  const { name } = useDirectories();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const annul = useMutation(ConsentService.method.annulConsent, {
    onSuccess: async () => {
      await refresh(ConsentService);
      toast(t("form.saved"));
      onClose();
    },
    onError: () => refresh(ConsentService),
  });
  const act = (): void => {
    setTried(true);
    if (reason.trim() && !annul.isPending) annul.mutate({ consentId: consent.consentId, etag: consent.etag, reason });
  };
  return (
    <Dialog title={t("consents.annulOf", { purpose: name(consent.purposeId) })} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          act();
        }}
      >
        <p className={css.quiet}>{t("consents.annulHint")}</p>
        <TextField label={t("consents.reason")} error={tried && !reason.trim() ? t("consents.needsReason") : undefined} most={300} value={reason} onChange={(next) => (annul.reset(), setReason(next))} />
        {annul.error && <Strip tone="red">{problemText(problemOf(annul.error))}</Strip>}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={annul.isPending}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
