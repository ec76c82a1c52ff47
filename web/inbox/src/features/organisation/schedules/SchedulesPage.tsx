import { IconCalendarOff, IconCalendarPlus, IconCircle, IconCircleFilled } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Schedule } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { useSchedules } from "../../../rpc/schedules.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Page } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import org from "../organisation.module.css";
import { zoneText } from "../../../ui/zones.ts";
import css from "./schedules.module.css";
import { type Uses, useUses } from "./useUses.ts";
import { hoursText, stateOf, stateText } from "./words.ts";

const MINUTE_MS = 60_000;

/** Every schedule: its hours, whether it is open now, who works by it. */
export function SchedulesPage() {
  useT();
  useTitle(t("settings.schedules"));
  const administrator = isAdministrator(useMe().employee);
  const { schedules, ready, error, retry } = useSchedules();
  const usesOf = useUses();
  const problem = error && schedules.size === 0 ? problemOf(error) : undefined;
  const add = administrator && (
    <LinkButton to="/settings/schedules/$scheduleId" params={{ scheduleId: "new" }} leftSection={<IconCalendarPlus size={16} stroke={1.75} aria-hidden="true" />}>
      {t("schedules.add")}
    </LinkButton>
  );
  return (
    <Page title={t("settings.schedules")} actions={schedules.size > 0 && add}>
      {!administrator && <OnlyAdministrators />}
      {problem && <Failure what={t("schedules.failed")} why={problemText(problem)} traceId={problem.traceId} retry={retry} />}
      {!ready && !problem && <SkeletonRows rows={3} height={64} />}
      {ready && schedules.size === 0 && (
        <Empty icon={IconCalendarOff} title={t("schedules.none")}>
          {add}
        </Empty>
      )}
      {schedules.size > 0 && (
        <ul className={css.list}>
          {[...schedules.values()].map((schedule) => (
            <Row key={schedule.scheduleId} schedule={schedule} uses={usesOf(schedule.scheduleId)} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ schedule, uses }: { schedule: Schedule; uses: Uses }) {
  return (
    <li className={css.row}>
      <div className={css.what}>
        <Link className={org.link} to="/settings/schedules/$scheduleId" params={{ scheduleId: schedule.scheduleId }}>
          {schedule.name}
        </Link>
        <p className={css.hours}>{hoursText(schedule)}</p>
        <p className={org.muted}>{zoneText(schedule.timeZone)}</p>
      </div>
      <div className={css.state}>
        <Now schedule={schedule} />
        <span className={org.muted}>{usesText(uses)}</span>
      </div>
    </li>
  );
}

function usesText({ employees, accounts }: Uses): string {
  const parts = [employees.length > 0 && t("schedules.byPeople", { n: employees.length }), accounts.length > 0 && t("schedules.byAccounts", { n: accounts.length })].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : t("schedules.unused");
}

/** Open or closed at this minute, by the clocks of the schedule's own zone. */
export function Now({ schedule }: { schedule: Pick<Schedule, "intervals" | "daysOff" | "timeZone"> }) {
  const now = useNow(MINUTE_MS);
  const state = stateOf(schedule, now);
  if (!state) return null;
  const Icon = state.open ? IconCircleFilled : IconCircle;
  return (
    <Chip tone={state.open ? "green" : "gray"} icon={<Icon size={10} aria-hidden="true" />}>
      {stateText(state, now)}
    </Chip>
  );
}
