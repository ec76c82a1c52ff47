import { useMutation } from "@connectrpc/connect-query";
import { create } from "@bufbuild/protobuf";
import { IconCalendarOff } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { DepartmentService, type Schedule, ScheduleSchema } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { useSchedules } from "../../../rpc/schedules.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Field } from "../../../ui/Field.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { PickButton } from "../../../ui/form/PickButton.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Page, Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import { Back } from "../Back.tsx";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import org from "../organisation.module.css";
import { refreshDepartments } from "../queries.ts";
import { zoneItems, zoneText } from "../../../ui/zones.ts";
import { DaysOff } from "./DaysOff.tsx";
import css from "./schedules.module.css";
import { Now } from "./SchedulesPage.tsx";
import { useUses } from "./useUses.ts";
import { intervalsOf, minutesOf, type Week, weekOf } from "./week.ts";
import { WeekGrid } from "./WeekGrid.tsx";

const NEW = "new";

/** One schedule, or a new one: week, zone, days off, and whose hours it is. */
export function SchedulePage() {
  useT();
  const { scheduleId = "" } = useParams({ strict: false });
  const administrator = isAdministrator(useMe().employee);
  const zone = useMe().employee?.timeZone || "Europe/Moscow";
  const { schedules, ready, error, retry } = useSchedules();
  const fresh = scheduleId === NEW;
  const [blank] = useState(() => newSchedule(zone));
  const schedule = fresh ? blank : schedules.get(scheduleId);
  const title = fresh ? t("schedules.new") : (schedule?.name ?? t("settings.schedules"));
  useTitle(title);
  if (error && !schedule) {
    const problem = problemOf(error);
    return <Failure what={t("schedules.failed")} why={problemText(problem)} traceId={problem.traceId} retry={retry} />;
  }
  if (!schedule) return ready ? <Empty icon={IconCalendarOff} title={t("schedules.notFound")} /> : <SkeletonRows rows={7} height={44} />;
  return (
    <Page title={title} back={<Back to="/settings/schedules">{t("settings.schedules")}</Back>}>
      {!administrator && <OnlyAdministrators />}
      <Form key={scheduleId} schedule={schedule} fresh={fresh} locked={!administrator} />
      {!fresh && <UsedBy scheduleId={scheduleId} />}
    </Page>
  );
}

function newSchedule(timeZone: string): Schedule {
  const intervals = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, fromMinute: 540, toMinute: 1080 }));
  return create(ScheduleSchema, { timeZone, intervals });
}

type ScheduleForm = { name: string; timeZone: string; week: Week; daysOff: readonly string[] };

const PATHS: Record<keyof ScheduleForm, string> = { name: "name", timeZone: "time_zone", week: "intervals", daysOff: "days_off" };

function formOf({ name, timeZone, intervals, daysOff }: Schedule): ScheduleForm {
  return { name, timeZone, week: weekOf(intervals), daysOff: [...daysOff] };
}

function Form({ schedule, fresh, locked }: { schedule: Schedule; fresh: boolean; locked: boolean }) {
  const edit = useEdit(formOf(schedule), schedule.etag);
  const { form } = edit;
  const [tried, setTried] = useState(false);
  const { save, busy, problem, forget, done } = useSave(schedule, fresh);
  const intervals = intervalsOf(form.week);
  const submit = (): void => {
    setTried(true);
    if (!form.name.trim() || !intervals || busy || (!fresh && edit.dirty.length === 0)) return;
    save({ name: form.name.trim(), timeZone: form.timeZone, intervals, daysOff: [...form.daysOff] }, edit.dirty.map((field) => PATHS[field]));
  };
  useCommand("form.save", submit, { within: "anywhere", enabled: fresh || edit.dirty.length > 0 });
  const change = (part: Partial<ScheduleForm>): void => (forget(), edit.change(part));
  const stale = problem?.reason === "ETAG_MISMATCH";
  const faulty = tried && !intervals ? t("schedules.faulty") : undefined;
  return (
    <>
      <Section title={t("schedules.general")}>
        <div className={org.form}>
          <Field label={t("schedules.name")} hint={t("schedules.nameHint")} error={tried && !form.name.trim() ? t("form.required") : undefined}>
            {(props) => <input {...props} autoFocus={fresh} disabled={locked} maxLength={200} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
          </Field>
          <PickButton label={t("schedules.timeZone")} hint={t("schedules.timeZoneHint")} disabled={locked} value={zoneText(form.timeZone)} placeholder="—" items={zoneItems} onPick={(timeZone) => change({ timeZone })} />
        </div>
      </Section>
      <section className={css.section} aria-label={t("schedules.week")}>
        <header className={css.sectionHead}>
          <h2>{t("schedules.week")}</h2>
          {intervals && <span className={org.muted}>{t("schedules.total", { time: weekHours(minutesOf(intervals)) })}</span>}
          {intervals && <Now schedule={{ intervals: intervals.map((interval) => ({ ...interval, $typeName: "okno.org.v1.WorkInterval" as const })), daysOff: [...form.daysOff], timeZone: form.timeZone }} />}
        </header>
        <WeekGrid week={form.week} disabled={locked} onChange={(week) => change({ week })} />
        <p className={org.muted}>{t("schedules.nightHint")}</p>
      </section>
      <Section title={t("schedules.daysOff")}>
        <DaysOff days={form.daysOff} disabled={locked} onChange={(daysOff) => change({ daysOff })} />
      </Section>
      <News edit={edit} name={fieldName} say={(field, value) => sayField(field, value)} />
      {!locked && (
        <SaveBar
          changes={fresh ? Math.max(1, edit.dirty.length) : edit.dirty.length}
          busy={busy}
          problem={faulty ?? (stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : problem && problemText(problem))}
          hint={keyOf("form.save")}
          onSave={submit}
          onCancel={() => (forget(), edit.reset())}
        />
      )}
      <LeaveGuard dirty={!done.current && edit.dirty.length > 0} />
    </>
  );
}

function weekHours(minutes: number): string {
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return m === 0 ? t("schedules.hours", { h }) : t("time.hours", { h, m: String(m).padStart(2, "0") });
}

function fieldName(field: keyof ScheduleForm): string {
  return { name: t("schedules.name"), timeZone: t("schedules.timeZone"), week: t("schedules.week"), daysOff: t("schedules.daysOff") }[field];
}

function sayField(field: keyof ScheduleForm, form: ScheduleForm): string {
  if (field === "name") return form.name;
  if (field === "timeZone") return zoneText(form.timeZone);
  return field === "week" ? t("schedules.total", { time: weekHours(minutesOf(intervalsOf(form.week) ?? [])) }) : String(form.daysOff.length);
}

type Content = { name: string; timeZone: string; intervals: { weekday: number; fromMinute: number; toMinute: number }[]; daysOff: string[] };

function useSave(schedule: Schedule, fresh: boolean) {
  const navigate = useNavigate();
  const done = useRef(false);
  const request = useRef({ content: "", id: "" });
  const saved = async (id: string): Promise<void> => {
    done.current = fresh;
    await refreshDepartments();
    toast(t("form.saved"));
    if (fresh) await navigate({ to: "/settings/schedules/$scheduleId", params: { scheduleId: id }, replace: true });
  };
  const create = useMutation(DepartmentService.method.createSchedule, { onSuccess: (answer) => saved(answer.schedule?.scheduleId ?? "") });
  const update = useMutation(DepartmentService.method.updateSchedule, {
    onSuccess: () => saved(""),
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refreshDepartments(),
  });
  const error = create.error ?? update.error;
  return {
    done,
    busy: create.isPending || update.isPending,
    problem: error ? problemOf(error) : undefined,
    forget: () => (create.reset(), update.reset()),
    save: (content: Content, paths: string[]) => {
      if (!fresh) return update.mutate({ schedule: { ...content, scheduleId: schedule.scheduleId, etag: schedule.etag }, updateMask: { paths } });
      // The same content, repeated after a lost answer, is the same request.
      const key = JSON.stringify(content);
      if (request.current.content !== key) request.current = { content: key, id: newId() };
      create.mutate({ requestId: request.current.id, schedule: content });
    },
  };
}

const SHOWN = 20;

function UsedBy({ scheduleId }: { scheduleId: string }) {
  const { employees, accounts } = useUses()(scheduleId);
  return (
    <Section title={t("schedules.usedBy")}>
      {employees.length + accounts.length === 0 && <p className={org.muted}>{t("schedules.unusedHint")}</p>}
      {employees.length > 0 && (
        <div>
          <h3 className={css.year}>{t("schedules.byPeople", { n: employees.length })}</h3>
          <ul className={css.uses}>
            {employees.slice(0, SHOWN).map(({ id, name }) => (
              <li key={id}>
                <Link to="/settings/employees/$employeeId" params={{ employeeId: id }}>
                  {name}
                </Link>
              </li>
            ))}
            {employees.length > SHOWN && <li className={org.muted}>{t("roles.andMore", { n: employees.length - SHOWN })}</li>}
          </ul>
        </div>
      )}
      {accounts.length > 0 && (
        <div>
          <h3 className={css.year}>{t("schedules.byAccounts", { n: accounts.length })}</h3>
          <ul className={css.uses}>
            {accounts.slice(0, SHOWN).map(({ id, name }) => (
              <li key={id}>
                <Link to="/settings/channels/$accountId" params={{ accountId: id }}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}
