import { Button } from "@mantine/core";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { QualityRecountState } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { count, dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import css from "./quality.module.css";

/** A recount of any kind; the states of all have the same numbers. */
export type AnyRecount = { state: number; percent: number; clients: bigint; clientsTotal: bigint; endedAt?: Timestamp };
type Deed = { run: () => void; busy: boolean };

export function isRunning(found: { state: number } | undefined): boolean {
  return found?.state === QualityRecountState.RUNNING;
}

/** How far a background count is; an administrator begins, stops and resumes it. */
export function RecountLine({ found, start, stop, resume }: { found: AnyRecount | undefined; start: Deed; stop: Deed; resume: Deed }) {
  const admin = isAdministrator(useMe().employee);
  const now = useNow(60_000);
  const running = isRunning(found);
  const act = (text: string, { run, busy }: Deed) => (
    <Button variant="default" size="compact-sm" loading={busy} onClick={run}>
      {text}
    </Button>
  );
  return (
    <div className={css.recount} role="group" aria-label={t("quality.recount")}>
      {found && running && <progress max={100} value={found.percent} aria-label={t("quality.recount")} />}
      <span className={css.quiet} role="status">
        {found && running && found.clientsTotal > 0n && t("quality.recountOn", { done: count(Number(found.clients)), all: count(Number(found.clientsTotal)) })}
        {found?.state === QualityRecountState.STOPPED && t("quality.recountStopped", { n: found.percent })}
        {found?.state === QualityRecountState.DONE && t("quality.recountDone", { at: dayAndClock(millis(found.endedAt), now) })}
      </span>
      {admin && running && act(t("quality.recountStop"), stop)}
      {admin && found?.state === QualityRecountState.STOPPED && act(t("quality.recountResume"), resume)}
      {admin && found && !running && act(t("quality.recountStart"), start)}
    </div>
  );
}
