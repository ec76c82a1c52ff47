import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery } from "@connectrpc/connect-query";
import { IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { type Erasure, ErasureState, PersonalDataService, type PersonalDataSettings } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useEmployeeId, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { Page, Section } from "../../../ui/Page.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";
import { Counts } from "./Counts.tsx";
import { EraseDialog } from "./EraseDialog.tsx";
import { Retention } from "./Retention.tsx";
import { Exports } from "./Exports.tsx";
import css from "./personal.module.css";

const LOOK_MS = 1_000;
const MOST = 1_000_000;
const MOST_DAYS = 90;

/** What was packed and what erased of whom, what waits for another administrator, and from when on it has to. */
export function PersonalDataPage() {
  useT();
  const title = t("settings.personalData");
  useTitle(title);
  const locked = !isAdministrator(useMe().employee);
  return (
    <Page title={title}>
      <p className={css.quiet}>{t("personal.hint")}</p>
      {locked ? (
        <Strip>{t("personal.onlyAdmin")}</Strip>
      ) : (
        <>
          <Exports />
          <Erasures />
          <Retention />
          <Limit />
        </>
      )}
    </Page>
  );
}

function Erasures() {
  const [approving, setApproving] = useState<Erasure>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    PersonalDataService.method.listErasures,
    { pageSize: 50, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (page) => page.nextPageToken || undefined,
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.erasures.some((one) => one.state === ErasureState.RUNNING)) ? LOOK_MS : false),
    },
  );
  const problem = error && !data ? problemOf(error) : undefined;
  const all = data?.pages.flatMap((page) => page.erasures) ?? [];
  return (
    <Section title={t("personal.erasures")}>
      {problem && <Failure what={t("personal.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={3} height={88} />}
      {data && all.length === 0 && <Empty icon={IconShieldCheck} title={t("personal.none")} />}
      <ul className={css.list}>
        {all.map((erasure) => (
          <One key={erasure.erasureId} erasure={erasure} onApprove={() => setApproving(erasure)} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("personal.more")}
        </Button>
      )}
      {approving && <EraseDialog clientId={approving.clientId} approves={approving} onClose={() => setApproving(undefined)} />}
    </Section>
  );
}

function One({ erasure, onApprove }: { erasure: Erasure; onApprove: () => void }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const own = useEmployeeId() === erasure.askedByEmployeeId;
  const name = (id: string): string => employees.get(id)?.name ?? t("personal.system");
  const waiting = erasure.state === ErasureState.WAITING;
  const done = erasure.state === ErasureState.DONE;
  const callOff = useMutation(PersonalDataService.method.callOffErasure, {
    onSuccess: () => toast(t("personal.calledOff")),
    onError: (error) => toast(problemText(problemOf(error)), { error: true }),
    onSettled: () => refresh(PersonalDataService),
  });
  return (
    <li className={css.one}>
      <div className={css.line}>
        <Chip tone={waiting ? "amber" : done ? "green" : "accent"}>{t(`personal.state.${ErasureState[erasure.state] as keyof typeof STATES}`)}</Chip>
        <strong>{t("personal.records", { n: Number(erasure.records) })}</strong>
        {!done && (
          <Link to="/clients/$clientId" params={{ clientId: erasure.clientId }} search={{}}>
            {t("personal.client")}
          </Link>
        )}
      </div>
      <p className={css.quiet}>
        {[
          t("personal.asked", { name: name(erasure.askedByEmployeeId), at: dayAndClock(millis(erasure.askedAt), now) }),
          erasure.approvedAt && t("personal.approved", { name: name(erasure.approvedByEmployeeId), at: dayAndClock(millis(erasure.approvedAt), now) }),
          erasure.endedAt && t("personal.ended", { at: dayAndClock(millis(erasure.endedAt), now) }),
          erasure.replayed && t("personal.replayed"),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {waiting && (
        <div className={css.line}>
          {own ? <span className={css.quiet}>{t("personal.own")}</span> : <Button onClick={onApprove}>{t("personal.approve")}</Button>}
          <Button variant="default" loading={callOff.isPending} onClick={() => callOff.mutate({ erasureId: erasure.erasureId })}>
            {t("personal.callOff")}
          </Button>
        </div>
      )}
      <details>
        <summary>{t(done ? "personal.proof" : "personal.counts")}</summary>
        <Counts counts={done ? erasure.erased : erasure.seen} label={t("personal.counts")} />
        {erasure.identifiersSha256 && (
          <>
            <p className={css.quiet}>{t("personal.proofHint")}</p>
            <p className={css.hash}>{erasure.identifiersSha256}</p>
          </>
        )}
      </details>
    </li>
  );
}

const STATES = { WAITING: 1, RUNNING: 1, DONE: 1, CALLED_OFF: 1 } as const;

function Limit() {
  const { data, error, refetch } = useQuery(PersonalDataService.method.getPersonalDataSettings, {}, { staleTime: 0 });
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Section title={t("personal.limit")}>
      {problem && <Failure what={t("personal.settingsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data?.settings ? <LimitForm key={data.settings.etag} settings={data.settings} /> : !problem && <SkeletonRows rows={1} height={44} />}
    </Section>
  );
}

function LimitForm({ settings }: { settings: PersonalDataSettings }) {
  const were = { limit: String(settings.approveAbove), days: String(settings.exportDays) };
  const employees = useEmployees();
  const own = useEmployeeId() === settings.raisedByEmployeeId;
  const [value, setValue] = useState(were);
  const update = useMutation(PersonalDataService.method.updatePersonalDataSettings, {
    onSuccess: async () => {
      await refresh(PersonalDataService);
      toast(t("form.saved"));
    },
  });
  const changes = Number(value.limit !== were.limit) + Number(value.days !== were.days);
  const number = (text: string, least: number, most: number): boolean => /^\d+$/u.test(text) && Number(text) >= least && Number(text) <= most;
  const right = { limit: number(value.limit, 0, MOST), days: number(value.days, 1, MOST_DAYS) };
  const problem = update.error ? problemOf(update.error) : undefined;
  const set = (next: Partial<typeof were>): void => (update.reset(), setValue({ ...value, ...next }));
  const save = (): void => {
    if (changes > 0 && right.limit && right.days && !update.isPending) update.mutate({ settings: { etag: settings.etag, approveAbove: BigInt(value.limit), exportDays: Number(value.days) } });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: changes > 0 });
  const raised = { before: Number(settings.approveAboveBefore), to: Number(settings.approveAbove), name: employees.get(settings.raisedByEmployeeId)?.name ?? t("personal.system") };
  return (
    <>
      {settings.raisedByEmployeeId && (
        <Strip
          tone="amber"
          actions={
            own || changes > 0 ? undefined : (
              <Button variant="default" loading={update.isPending} onClick={() => update.mutate({ settings: { etag: settings.etag, approveAbove: settings.approveAbove, exportDays: settings.exportDays } })}>
                {t("personal.raisedConfirm")}
              </Button>
            )
          }
        >
          {t(own ? "personal.raisedByYou" : "personal.raised", raised)}
        </Strip>
      )}
      {problem && changes === 0 && <Strip tone="red">{problemText(problem)}</Strip>}
      <TextField label={t("personal.limitField")} hint={t("personal.limitHint")} error={right.limit ? undefined : t("personal.wrong.limit")} digits most={7} value={value.limit} onChange={(limit) => set({ limit })} />
      <TextField label={t("personal.daysField")} hint={t("personal.daysHint")} error={right.days ? undefined : t("personal.wrong.days")} digits most={2} value={value.days} onChange={(days) => set({ days })} />
      {changes > 0 && (
        <div className={sheet.foot}>
          <SaveBar changes={changes} busy={update.isPending} problem={problem && problemText(problem)} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), setValue(were))} />
        </div>
      )}
      <LeaveGuard dirty={changes > 0} />
    </>
  );
}
