import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Potential, PotentialPeriod, PotentialService } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, isHead, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import clients from "../clients.module.css";
import { day } from "../day.ts";
import { amountText } from "../money.ts";
import { refresh } from "../queries.ts";
import { Breakdown } from "./Breakdown.tsx";
import { ByHandDialog } from "./ByHandDialog.tsx";
import css from "./potential.module.css";

/** How much a client could buy, how that came about, and what somebody set in its place. */
export function CardPotential({ client, locked }: { client: Client; locked: boolean }) {
  const { clientId, etag } = client;
  const { data, error, refetch } = useQuery(PotentialService.method.getClientPotential, { clientId }, { staleTime: 0 });
  const seen = useRef(etag);
  useEffect(() => {
    // Every change of a client counts it anew.
    if (seen.current !== etag) void refetch();
    seen.current = etag;
  }, [etag, refetch]);
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Section title={t("potential.card")}>
      {problem && <Failure what={t("potential.cardFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={1} height={44} />}
      {data?.potential && <Shown client={client} potential={data.potential} locked={locked} />}
    </Section>
  );
}

function Shown({ client, potential, locked }: { client: Client; potential: Potential; locked: boolean }) {
  const now = useNow(60_000);
  const { employee } = useMe();
  const { amount, counted, period, countedAt, byHand, stale } = potential;
  const isCounted = period !== PotentialPeriod.UNSPECIFIED;
  return (
    <>
      <div className={css.head}>
        {amount === undefined ? (
          <p className={clients.muted}>{t(isCounted ? "potential.baseless" : "potential.notCounted")}</p>
        ) : (
          <p className={css.sum}>
            <b>{amountText(amount)}</b> {isCounted && t(`potential.per.${period}` as Key)}
          </p>
        )}
        {byHand && <Chip tone="accent">{t("potential.byHandUntil", { day: day(byHand.endsOn) })}</Chip>}
        {stale && (
          <Chip tone="amber" title={t("potential.staleHint")}>
            {t("potential.stale")}
          </Chip>
        )}
        {amount === undefined && isAdministrator(employee) && (
          <Link to="/settings/potential" className={css.link}>
            {t("potential.toSettings")}
          </Link>
        )}
      </div>
      {byHand && <Reason byHand={byHand} now={now} />}
      {byHand && counted !== undefined && <p className={clients.muted}>{t("potential.byFormula", { amount: amountText(counted) })}</p>}
      {counted !== undefined && <Breakdown potential={potential} />}
      {countedAt && <p className={clients.muted}>{t("potential.countedAt", { at: dayAndClock(millis(countedAt), now) })}</p>}
      {!locked && (isAdministrator(employee) || isHead(employee) || client.responsibleEmployeeId === employee?.employeeId) && <Deeds potential={potential} />}
    </>
  );
}

function Reason({ byHand, now }: { byHand: NonNullable<Potential["byHand"]>; now: number }) {
  const name = useEmployees().get(byHand.authorEmployeeId)?.name ?? (byHand.authorEmployeeId ? "…" : t("potential.setBySystem"));
  return (
    <p className={css.reason}>
      {t("potential.reasonIs", { reason: byHand.reason })}
      <span className={clients.muted}>{t("potential.setBy", { name, at: dayAndClock(millis(byHand.setAt), now) })}</span>
    </p>
  );
}

/** Whether they may the server says: heads see the clients of others, too. */
function Deeds({ potential }: { potential: Potential }) {
  const { clientId, byHand } = potential;
  const [open, setOpen] = useState(false);
  const onError = (error: unknown): void => toast(problemText(problemOf(error)), { error: true });
  const anew = (): Promise<unknown> => refresh(PotentialService, ClientService);
  const back = useMutation(PotentialService.method.setPotential, { onSuccess: anew, onError });
  const undo = (): void => {
    if (byHand) back.mutate({ clientId, byHand: { amount: byHand.amount, reason: byHand.reason, endsOn: byHand.endsOn } });
  };
  const clear = useMutation(PotentialService.method.clearPotential, {
    onSuccess: async () => {
      await anew();
      toast(t("potential.cleared"), { undo });
    },
    onError,
  });
  return (
    <div className={clients.buttons}>
      <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
        {t(byHand ? "potential.change" : "potential.set")}
      </Button>
      {byHand && (
        <Button variant="default" size="compact-sm" loading={clear.isPending} onClick={() => clear.mutate({ clientId })}>
          {t("potential.clear")}
        </Button>
      )}
      {open && <ByHandDialog potential={potential} onClose={() => setOpen(false)} />}
    </div>
  );
}
