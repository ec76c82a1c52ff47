import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Erasure, ErasureState, PersonalDataService } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";
import { Counts } from "./Counts.tsx";
import css from "./personal.module.css";

type Props = { clientId: string; /** One that waits, to be approved; without it a new one is asked for. */ approves?: Erasure; onClose: () => void };

/** First what there is, by kind; then, once its number is typed, it is erased, or waits for another administrator. */
export function EraseDialog({ clientId, approves, onClose }: Props) {
  useT();
  const [typed, setTyped] = useState("");
  const request = useRef(newId());
  const { data, error, refetch, isFetching } = useQuery(PersonalDataService.method.previewErasure, { clientId }, { staleTime: 0, gcTime: 0 });
  const done = async (erasure: Erasure | undefined): Promise<void> => {
    toast(t(erasure?.state === ErasureState.WAITING ? "personal.waits" : "personal.begun"));
    onClose();
    await Promise.all([refresh(PersonalDataService), refresh(ClientService)]);
  };
  const again = (): void => (setTyped(""), void refetch());
  const ask = useMutation(PersonalDataService.method.requestErasure, { onSuccess: ({ erasure }) => done(erasure), onError: again });
  const approve = useMutation(PersonalDataService.method.approveErasure, { onSuccess: ({ erasure }) => done(erasure), onError: again });
  const problem = error && !data ? problemOf(error) : undefined;
  const failed = ask.error ?? approve.error;
  const records = Number(data?.records ?? 0n);
  const underWay = approves ? undefined : data?.erasure;
  const busy = ask.isPending || approve.isPending;
  const right = typed === String(records);
  const act = (): void => {
    if (!data || !right || busy) return;
    if (approves) approve.mutate({ erasureId: approves.erasureId, recordsSeen: data.records });
    else ask.mutate({ requestId: request.current, clientId: data.clientId, recordsSeen: data.records });
  };
  const waits = !approves && data?.needsApproval === true;
  return (
    <Dialog title={data ? t("personal.eraseOf", { name: data.clientName }) : t("personal.erase")} onClose={onClose}>
      {problem && <Failure what={t("personal.lookFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={6} height={28} />}
      {data && (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            act();
          }}
        >
          <Counts counts={data.counts} label={t("personal.counts")} />
          {failed && <Strip tone="red">{problemText(problemOf(failed))}</Strip>}
          {underWay ? (
            <Strip>{t(underWay.state === ErasureState.WAITING ? "personal.underWay.WAITING" : "personal.underWay.RUNNING")}</Strip>
          ) : (
            <>
              <Strip tone="red">{t("personal.forGood")}</Strip>
              {waits && <p>{t("personal.needsApproval")}</p>}
              <TextField label={t("personal.confirm", { n: records })} digits most={9} value={typed} onChange={setTyped} />
            </>
          )}
          <div className={sheet.dialogEnd}>
            <Button variant="default" data-autofocus onClick={onClose}>
              {t("action.cancel")}
            </Button>
            {!underWay && (
              <Button type="submit" color="red" loading={busy} disabled={!right || isFetching}>
                {t(waits ? "personal.askN" : "personal.eraseN", { n: records })}
              </Button>
            )}
          </div>
        </form>
      )}
    </Dialog>
  );
}
