import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Department, Schedule } from "../../../gen/okno/org/v1/department_service_pb.ts";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useSchedules } from "../../../rpc/schedules.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { PresenceMark } from "../../../ui/PresenceMark.tsx";
import table from "../../../ui/form/table.module.css";
import css from "../organisation.module.css";
import { presenceOf, presenceText, rolesText } from "../words.ts";

/** One row per person; on a phone what matters stands below the name. */
export function EmployeeTable({ employees }: { employees: readonly Employee[] }) {
  const departments = useDepartments();
  const { schedules } = useSchedules();
  return (
    <div className={table.wrap}>
      <table className={table.table} aria-label={t("settings.employees")}>
        <thead>
          <tr>
            <th scope="col">{t("employees.name")}</th>
            <th scope="col" data-hide="phone">
              {t("employees.departments")}
            </th>
            <th scope="col" data-hide="phone">
              {t("employees.roles")}
            </th>
            <th scope="col" data-hide="tablet">
              {t("employees.schedule")}
            </th>
            <th scope="col" data-hide="phone">
              {t("employees.presence")}
            </th>
          </tr>
        </thead>
        <tbody>
          {employees.map((employee) => (
            <Row key={employee.employeeId} employee={employee} departments={departments} schedule={schedules.get(employee.scheduleId)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = { employee: Employee; departments: ReadonlyMap<string, Department>; schedule: Schedule | undefined };

const Row = memo(function Row({ employee, departments, schedule }: RowProps) {
  const units = employee.departmentIds.map((id) => departments.get(id)?.name).filter(Boolean).join(", ");
  const roles = rolesText(employee.roles);
  return (
    <tr data-dim={employee.dismissed || undefined} className={css.row}>
      <th scope="row">
        <span className={css.person}>
          <Avatar name={employee.name} size="sm" />
          <span className={css.who}>
            <Link className={css.link} to="/settings/employees/$employeeId" params={{ employeeId: employee.employeeId }}>
              {employee.name}
            </Link>
            <span className={css.muted}>{employee.login}</span>
            <span className={css.muted} data-narrow>
              {[units, roles].filter(Boolean).join(" · ")}
            </span>
          </span>
          <span data-narrow>
            <State employee={employee} short />
          </span>
        </span>
      </th>
      <td data-hide="phone">{units || <span className={css.muted}>—</span>}</td>
      <td data-hide="phone">{roles}</td>
      <td data-hide="tablet">{schedule?.name ?? <span className={css.muted}>{t("employees.always")}</span>}</td>
      <td data-hide="phone">
        <State employee={employee} />
      </td>
    </tr>
  );
});

function State({ employee, short = false }: { employee: Employee; short?: boolean }) {
  if (employee.dismissed) return <Chip>{t("employees.dismissed")}</Chip>;
  const word = presenceText(employee);
  if (short) return <PresenceMark state={presenceOf(employee)} label={word} />;
  return (
    <span className={css.presence}>
      <PresenceMark state={presenceOf(employee)} /> {word}
    </span>
  );
}
