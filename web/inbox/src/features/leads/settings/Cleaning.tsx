import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { type LeadCleaning, LeadCleaningState, LeadService, type LeadStateCount } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { count, dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { stateWord } from "../words.ts";
import { areMonths } from "./rules.ts";

const LOOK_MS = 1_000;
const USUAL_MONTHS = 12;

/** Erasing by hand: first how many it would be, then, once asked, in the background. */
export function Cleaning({ usual }: { usual: number }) {
  const [months, setMonths] = useState(String(usual || USUAL_MONTHS));
  const [asking, setAsking] = useState(false);
  const request = useRef({ content: "", id: "" });
  const last = useQuery(LeadService.method.getLeadCleaning, { cleaningId: "" }, { staleTime: 0, refetchInterval: ({ state }) => (state.data?.cleaning?.state === LeadCleaningState.RUNNING ? LOOK_MS : false) });
  const preview = useMutation(LeadService.method.previewLeadCleaning);
  const start = useMutation(LeadService.method.startLeadCleaning, {
    onSuccess: () => preview.reset(),
    onSettled: () => {
      setAsking(false);
      void last.refetch();
    },
  });
  const running = last.data?.cleaning?.state === LeadCleaningState.RUNNING;
  const right = areMonths(months, 1);
  const total = preview.data?.counts.reduce((sum, one) => sum + Number(one.leads), 0) ?? 0;
  const failed = preview.error ?? start.error;
  const lookProblem = last.error ? problemOf(last.error) : undefined;
  const look = (): void => {
    start.reset();
    if (right) preview.mutate({ months: Number(months) });
  };
  const begin = (): void => {
    // Repeated after a lost answer it is the same request.
    const content = `${months} ${last.data?.cleaning?.cleaningId ?? ""}`;
    if (request.current.content !== content) request.current = { content, id: newId() };
    start.mutate({ requestId: request.current.id, months: Number(months) });
  };
  return (
    <Section title={t("leads.cleaning")}>
      <p className={css.muted}>{t("leads.cleaningHint")}</p>
      <TextField label={t("leads.months")} error={right ? undefined : t("leads.wrong.months")} digits most={3} value={months} onChange={(value) => (preview.reset(), start.reset(), setMonths(value))} />
      <div className={css.buttons}>
        <Button variant="default" loading={preview.isPending} disabled={!right} onClick={look}>
          {t("leads.preview")}
        </Button>
        {total > 0 && (
          <Button color="red" disabled={running} onClick={() => setAsking(true)}>
            {t("leads.eraseN", { n: total })}
          </Button>
        )}
      </div>
      {preview.data && <Counts counts={preview.data.counts} total={total} />}
      {failed && <Strip tone="red">{problemText(problemOf(failed))}</Strip>}
      {lookProblem && lookProblem.reason !== "LEAD_CLEANING_NOT_FOUND" && <Failure what={t("leads.lookFailed")} why={problemText(lookProblem)} traceId={lookProblem.traceId} retry={() => void last.refetch()} />}
      {last.data?.cleaning && <Last cleaning={last.data.cleaning} />}
      {asking && (
        <Dialog title={t("leads.eraseManyTitle", { n: total })} onClose={() => setAsking(false)}>
          <p>{t("leads.eraseManyHint", { n: Number(months) })}</p>
          <div className={sheet.dialogEnd}>
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              {t("action.cancel")}
            </Button>
            <Button color="red" loading={start.isPending} onClick={begin}>
              {t("leads.eraseN", { n: total })}
            </Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}

function Counts({ counts, total }: { counts: readonly LeadStateCount[]; total: number }) {
  if (total === 0) return <p role="status">{t("leads.nothingToErase")}</p>;
  return (
    <table className={css.parts} aria-label={t("leads.preview")}>
      <tbody>
        {counts.map(({ state, leads }) => (
          <tr key={state}>
            <th scope="row">{stateWord(state)}</th>
            <td>{count(Number(leads))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How far the newest one is, or how it ended. */
function Last({ cleaning }: { cleaning: LeadCleaning }) {
  const now = useNow(60_000);
  const author = useEmployees().get(cleaning.authorEmployeeId)?.name ?? "";
  const [erased, all] = [Number(cleaning.erased), Number(cleaning.leadsTotal)];
  const running = cleaning.state === LeadCleaningState.RUNNING;
  return (
    <div className={css.last} role="group" aria-label={t("leads.lastCleaning")}>
      {running && <progress max={Math.max(1, all)} value={erased} aria-label={t("leads.cleaning")} />}
      <span role="status">{running ? t("leads.cleaningOn", { done: count(erased), all: count(all) }) : t("leads.cleaningDone", { at: dayAndClock(millis(cleaning.endedAt), now), n: erased })}</span>
      <span className={css.muted}>
        {t("leads.cleaningOf", { n: cleaning.months })} · {author || t("leads.bySystem")}
      </span>
    </div>
  );
}
