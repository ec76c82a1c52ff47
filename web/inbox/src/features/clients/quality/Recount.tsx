import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useEffect, useRef } from "react";
import { QualityRecountState, QualityService } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { count, dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";
import css from "./quality.module.css";

const LOOK_MS = 1_000;

/** How far the background count is; an administrator begins, stops and resumes it. */
export function Recount() {
  const { data, refetch } = useQuery(QualityService.method.getQualityRecount, {}, { staleTime: 0, refetchInterval: (query) => (query.state.data?.recount?.state === QualityRecountState.RUNNING ? LOOK_MS : false) });
  const admin = isAdministrator(useMe().employee);
  const now = useNow(60_000);
  const found = data?.recount;
  const running = found?.state === QualityRecountState.RUNNING;
  const was = useRef(running);
  useEffect(() => {
    if (was.current && !running) void refresh(QualityService);
    was.current = running;
  }, [running]);
  const after = { onSuccess: () => void refetch(), onError: (error: unknown) => (toast(problemText(problemOf(error)), { error: true }), void refetch()) };
  const start = useMutation(QualityService.method.startQualityRecount, after);
  const stop = useMutation(QualityService.method.stopQualityRecount, after);
  const resume = useMutation(QualityService.method.resumeQualityRecount, after);
  if (!data) return null;
  const recountId = found?.recountId ?? "";
  const act = (text: string, run: () => void, busy: boolean) => (
    <Button variant="default" size="compact-sm" loading={busy} onClick={run}>
      {text}
    </Button>
  );
  return (
    <div className={css.recount} role="group" aria-label={t("quality.recount")}>
      {running && <progress max={100} value={found.percent} aria-label={t("quality.recount")} />}
      <span className={css.quiet} role="status">
        {running && found.clientsTotal > 0n && t("quality.recountOn", { done: count(Number(found.clients)), all: count(Number(found.clientsTotal)) })}
        {found?.state === QualityRecountState.STOPPED && t("quality.recountStopped", { n: found.percent })}
        {found?.state === QualityRecountState.DONE && t("quality.recountDone", { at: dayAndClock(millis(found.endedAt), now) })}
      </span>
      {admin && running && act(t("quality.recountStop"), () => stop.mutate({ recountId }), stop.isPending)}
      {admin && found?.state === QualityRecountState.STOPPED && act(t("quality.recountResume"), () => resume.mutate({ recountId }), resume.isPending)}
      {admin && found && !running && act(t("quality.recountStart"), () => start.mutate({ requestId: newId() }), start.isPending)}
    </div>
  );
}
