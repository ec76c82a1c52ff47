import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Potential, PotentialPeriod, PotentialService } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import sheet from "../../../ui/sheet.module.css";
import clients from "../clients.module.css";
import { DateField, TextField } from "../fields/controls.tsx";
import { amountText, readAmount } from "../money.ts";
import { refresh } from "../queries.ts";
import { errorsOf } from "./byHand.ts";

/** Sets an amount that goes before the formula until a day. */
export function ByHandDialog({ potential, onClose }: { potential: Potential; onClose: () => void }) {
  const { clientId, byHand, period } = potential;
  const [known] = useState(() => ({ amount: byHand ? amountText(byHand.amount) : "", endsOn: byHand?.endsOn ?? "", reason: byHand?.reason ?? "" }));
  const [form, setForm] = useState(known);
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const set = useMutation(PotentialService.method.setPotential, {
    onSuccess: async () => {
      await refresh(PotentialService, ClientService);
      toast(t("potential.isSet"));
      onClose();
    },
  });
  const errors = tried ? errorsOf(form, Date.now()) : {};
  const change = (part: Partial<typeof form>): void => (set.reset(), setForm({ ...form, ...part }));
  const submit = (): void => {
    setTried(true);
    if (set.isPending) return;
    if (Object.keys(errorsOf(form, Date.now())).length > 0) return focusFirstError(box.current);
    set.mutate({ clientId, byHand: { amount: readAmount(form.amount) ?? "", reason: form.reason.trim(), endsOn: form.endsOn } });
  };
  const guard = useCloseGuard(JSON.stringify(form) !== JSON.stringify(known), onClose);
  const per = period === PotentialPeriod.UNSPECIFIED ? "" : t(`potential.per.${period}` as Key);
  return (
    <Dialog title={t("potential.setTitle")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={clients.fields}>
          <p className={clients.muted}>{t("potential.setHint")}</p>
          <div className={clients.pair}>
            <TextField label={t("potential.amount", { per }).trim()} most={30} error={errors.amount && t(errors.amount)} value={form.amount} onChange={(amount) => change({ amount })} />
            <DateField label={t("potential.endsOn")} error={errors.endsOn && t(errors.endsOn)} value={form.endsOn} onChange={(endsOn) => change({ endsOn })} />
          </div>
          <TextField label={t("potential.reason")} most={500} error={errors.reason && t(errors.reason)} value={form.reason} onChange={(reason) => change({ reason })} />
        </div>
        {set.error && <Strip tone="red">{problemText(problemOf(set.error))}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={set.isPending}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
