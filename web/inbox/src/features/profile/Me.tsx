import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { PresenceChoice, Role } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { useDepartments } from "../../rpc/departments.ts";
import { problemOf } from "../../rpc/errors.ts";
import { choosePresence } from "../../rpc/presence.ts";
import { useSchedules } from "../../rpc/schedules.ts";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Section } from "../../ui/Page.tsx";
import { PresenceMark } from "../../ui/PresenceMark.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { OwnCard } from "./OwnCard.tsx";
import css from "./ProfilePage.module.css";

const ROLES: readonly [Role, Key][] = [
  [Role.OPERATOR, "profile.role.operator"],
  [Role.HEAD, "profile.role.head"],
  [Role.ADMINISTRATOR, "profile.role.administrator"],
];

/** The card as colleagues see it. Name and time zone are one's own; the rest is an administrator's to change, and the page says so. */
export function Me() {
  const { employee } = useMe();
  const departments = useDepartments();
  const { schedules } = useSchedules();
  if (!employee) return null;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const lines: [string, string][] = [
    [t("profile.login"), employee.login],
    [t("profile.email"), employee.email],
    [t("profile.departments"), employee.departmentIds.map((id) => departments.get(id)?.name).filter(Boolean).join(", ")],
    [t("profile.roles"), ROLES.filter(([role]) => employee.roles.includes(role)).map(([, name]) => t(name)).join(", ")],
    [t("profile.schedule"), schedules.get(employee.scheduleId)?.name ?? t("profile.always")],
  ];
  return (
    <Section title={t("profile.me")}>
      <div className={css.me}>
        <Avatar name={employee.name} size="lg" />
        <div>
          <p className={css.name}>{employee.name}</p>
          <Presence />
        </div>
      </div>
      <dl className={css.lines}>
        {lines
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {employee.timeZone && here !== employee.timeZone && <Strip>{t("profile.otherZone", { here })}</Strip>}
      <OwnCard employee={employee} />
      {isAdministrator(employee) ? (
        <Link to="/settings/employees/$employeeId" params={{ employeeId: employee.employeeId }}>
          {t("profile.editCard")}
        </Link>
      ) : (
        <p className={css.muted}>{t("profile.cardLocked")}</p>
      )}
    </Section>
  );
}

const CHOICES = [
  [PresenceChoice.AVAILABLE, "available", "profile.available"],
  [PresenceChoice.AWAY, "away", "profile.away"],
] as const;

/** What colleagues and the rules see: whether new requests may come. */
function Presence() {
  const kept = useMe().employee?.presence?.choice || PresenceChoice.AVAILABLE;
  // Chosen here at once; what the server says counts when it has answered.
  const [wanted, setWanted] = useState<PresenceChoice>();
  const set = useMutation({ mutationFn: choosePresence, onSettled: () => setWanted(undefined) });
  const chosen = wanted ?? kept;
  return (
    <fieldset className={css.presence}>
      <legend className="visually-hidden">{t("profile.presence")}</legend>
      {CHOICES.map(([choice, state, label]) => (
        <label key={choice}>
          <input type="radio" name="presence" checked={chosen === choice} onChange={() => (setWanted(choice), set.mutate(choice))} />
          <PresenceMark state={state} /> {t(label)}
        </label>
      ))}
      {set.error && <p className={css.wrong}>{problemText(problemOf(set.error))}</p>}
    </fieldset>
  );
}
