import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { type Contract, ContractService } from "../../../gen/okno/crm/v1/contract_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { News } from "../../../ui/form/News.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { DateField, EntryField, Flag, TextField } from "../fields/controls.tsx";
import { fieldName, pathOf } from "../form.ts";
import { refresh } from "../queries.ts";
import { useSay } from "../useSay.ts";
import { refusal } from "../../../rpc/refusal.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { contractName } from "./Contracts.tsx";
import { CONTRACT_FIELDS, type ContractForm, emptyForm, errorsOf, formOf, message } from "./form.ts";

const NEW: ContractForm = emptyForm();

/** Adds a contract to a client, or changes one. */
export function ContractDialog({ clientId, contract, onClose }: { clientId: string; contract: Contract | undefined; onClose: () => void }) {
  const edit = useEdit(contract ? formOf(contract) : NEW, contract?.etag ?? "");
  const { form, change } = edit;
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const box = useRef<HTMLFormElement>(null);
  const say = useSay();
  const onSuccess = async (): Promise<void> => {
    await refresh(ContractService);
    toast(t("form.saved"));
    onClose();
  };
  const onError = (error: unknown): void => void (problemOf(error).reason === "ETAG_MISMATCH" && refresh(ContractService));
  const create = useMutation(ContractService.method.createContract, { onSuccess });
  const update = useMutation(ContractService.method.updateContract, { onSuccess, onError });
  const running = contract ? update : create;
  const problem = running.error ? problemOf(running.error) : undefined;
  const refused = refusal(problem, CONTRACT_FIELDS);
  const errors = { ...refused.fields, ...(tried ? errorsOf(form) : {}) };
  const set = (part: Partial<ContractForm>): void => (running.reset(), change(part));
  const submit = (): void => {
    setTried(true);
    if (running.isPending) return;
    if (Object.keys(errorsOf(form)).length > 0) return focusFirstError(box.current);
    const after = { onError: () => focusFirstError(box.current) };
    if (!contract) create.mutate({ requestId, contract: { ...message(form), clientId } }, after);
    else if (edit.dirty.length === 0) onClose();
    else update.mutate({ contract: { ...message(form), contractId: contract.contractId, etag: contract.etag }, updateMask: { paths: edit.dirty.map(pathOf) } }, after);
  };
  const stale = problem?.reason === "ETAG_MISMATCH";
  const guard = useCloseGuard(edit.dirty.length > 0, onClose);
  return (
    <Dialog title={contract ? t("contracts.edit", { name: contractName(contract) }) : t("contracts.new")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.fields}>
          <div className={css.pair}>
            <TextField label={t("client.field.number")} error={errors.number} most={100} value={form.number} onChange={(number) => set({ number })} />
            <DateField label={t("client.field.signedOn")} error={errors.signedOn} value={form.signedOn} onChange={(signedOn) => set({ signedOn })} />
            <TextField label={t("client.field.currency")} error={errors.currency} most={3} value={form.currency} onChange={(currency) => set({ currency })} />
          </div>
          <EntryField kind={DirectoryKind.ORGANISATION} label={t("client.field.organisationId")} error={errors.organisationId} value={form.organisationId} onChange={(organisationId) => set({ organisationId })} />
          <div className={css.pair}>
            <EntryField kind={DirectoryKind.PRICE} label={t("client.field.priceKindId")} error={errors.priceKindId} value={form.priceKindId} onChange={(priceKindId) => set({ priceKindId })} />
            <EntryField kind={DirectoryKind.DISCOUNT} label={t("client.field.discountKindId")} error={errors.discountKindId} value={form.discountKindId} onChange={(discountKindId) => set({ discountKindId })} />
          </div>
          <TextField label={t("client.field.comment")} error={errors.comment} rows={3} most={10_000} value={form.comment} onChange={(comment) => set({ comment })} />
          <Flag label={t("contracts.makeMain")} checked={form.isMain} onChange={(isMain) => set({ isMain })} />
          {contract && <Flag label={t("client.field.archived")} hint={errors.archived ?? ""} checked={form.archived} onChange={(archived) => set({ archived })} />}
        </div>
        <News edit={edit} name={fieldName} say={say} />
        {(stale ? edit.news.length === 0 : refused.rest) && <Strip tone="red">{stale ? t("form.stale") : refused.rest}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending}>
            {contract ? t("action.save") : t("contracts.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
