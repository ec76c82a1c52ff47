import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useRef } from "react";
import { PersonalDataService, PersonalExportState } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { refresh } from "../queries.ts";
import { Counts } from "./Counts.tsx";
import { ExportCard } from "./ExportCard.tsx";
import { isRunning, LOOK_MS } from "./exports.ts";
import css from "./personal.module.css";

type Props = { clientId: string; onClose: () => void };

/** What there is of a client, and packing it; the packing goes on when the dialog is closed. */
export function ExportDialog({ clientId, onClose }: Props) {
  useT();
  const request = useRef(newId());
  const preview = useQuery(PersonalDataService.method.previewErasure, { clientId }, { staleTime: 0, gcTime: 0 });
  const list = useQuery(
    PersonalDataService.method.listPersonalExports,
    { clientId, pageSize: 3 },
    { staleTime: 0, refetchInterval: ({ state }) => (state.data?.exports.some(isRunning) ? LOOK_MS : false) },
  );
  const ask = useMutation(PersonalDataService.method.requestPersonalExport, {
    onSuccess: () => {
      request.current = newId();
    },
    onSettled: () => refresh(PersonalDataService),
  });
  const error = preview.error ?? list.error;
  const loaded = preview.data && list.data;
  const problem = error && !loaded ? problemOf(error) : undefined;
  const kept = list.data?.exports.filter((one) => one.state !== PersonalExportState.REMOVED) ?? [];
  const running = kept.some(isRunning);
  const act = (): void => {
    if (!running && !ask.isPending) ask.mutate({ requestId: request.current, clientId });
  };
  return (
    <Dialog title={preview.data ? t("personal.exportOf", { name: preview.data.clientName }) : t("personal.export")} onClose={onClose}>
      {problem && <Failure what={t("personal.lookFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void Promise.all([preview.refetch(), list.refetch()])} />}
      {!loaded && !problem && <SkeletonRows rows={6} height={28} />}
      {loaded && (
        <div className={css.form}>
          <Counts counts={preview.data.counts} label={t("personal.counts")} />
          <p className={css.quiet}>{t("personal.exportHint")}</p>
          {ask.error && <Strip tone="red">{problemText(problemOf(ask.error))}</Strip>}
          {kept.map((one) => (
            <ExportCard key={one.exportId} one={one} />
          ))}
          <div className={sheet.dialogEnd}>
            <Button variant="default" data-autofocus onClick={onClose}>
              {t("action.close")}
            </Button>
            {!running && (
              <Button loading={ask.isPending} variant={kept.length > 0 ? "default" : "filled"} onClick={act}>
                {t(kept.length > 0 ? "personal.exportAgain" : "personal.exportBegin")}
              </Button>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}
