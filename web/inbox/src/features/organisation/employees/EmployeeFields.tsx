import { Link } from "@tanstack/react-router";
import type { Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useSchedules } from "../../../rpc/schedules.ts";
import { Field } from "../../../ui/Field.tsx";
import { Checks } from "../../../ui/form/Checks.tsx";
import { PickButton } from "../../../ui/form/PickButton.tsx";
import { branches } from "../departments/tree.ts";
import css from "../organisation.module.css";
import { roleName, ROLES } from "../words.ts";
import { zoneItems, zoneText } from "../../../ui/zones.ts";
import type { EmployeeForm, FormErrors } from "./form.ts";

type Props = { form: EmployeeForm; errors: FormErrors; disabled: boolean; onChange: (part: Partial<EmployeeForm>) => void };

/** Who it is, where and as what they work, and when. */
export function EmployeeFields({ form, errors, disabled, onChange }: Props) {
  return (
    <fieldset className={css.form} disabled={disabled}>
      <Field label={t("employees.fullName")} error={errors.name}>
        {(props) => <input {...props} name="name" autoComplete="off" maxLength={200} value={form.name} onChange={(event) => onChange({ name: event.target.value })} />}
      </Field>
      <div className={css.pair}>
        <Field label={t("employees.login")} hint={t("employees.loginHint")} error={errors.login}>
          {(props) => <input {...props} name="login" autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={100} value={form.login} onChange={(event) => onChange({ login: event.target.value.toLowerCase() })} />}
        </Field>
        <Field label={t("employees.email")} error={errors.email}>
          {(props) => <input {...props} name="email" type="email" autoComplete="off" maxLength={254} value={form.email} onChange={(event) => onChange({ email: event.target.value })} />}
        </Field>
      </div>
      <Departments form={form} error={errors.departmentIds} onChange={onChange} />
      <Roles form={form} error={errors.roles} onChange={onChange} />
      <Schedule form={form} error={errors.scheduleId} onChange={onChange} />
      <div className={css.pair}>
        <Field label={t("employees.language")} error={errors.language}>
          {(props) => (
            <select {...props} value={form.language} onChange={(event) => onChange({ language: event.target.value })}>
              <option value="ru">{t("employees.language.ru")}</option>
              <option value="en">{t("employees.language.en")}</option>
            </select>
          )}
        </Field>
        <PickButton label={t("employees.timeZone")} error={errors.timeZone} disabled={disabled} value={zoneText(form.timeZone)} placeholder="—" items={zoneItems} onPick={(timeZone) => onChange({ timeZone })} />
      </div>
    </fieldset>
  );
}

type PartProps = Pick<Props, "form" | "onChange"> & { error: string | undefined };

function Departments({ form, error, onChange }: PartProps) {
  const departments = useDepartments();
  const items = branches(departments).map(({ department, depth }) => ({ id: department.departmentId, name: department.name, depth }));
  if (items.length === 0) return <p className={css.muted}>{t("employees.noDepartments")}</p>;
  return <Checks label={t("employees.departments")} error={error} items={items} chosen={form.departmentIds} onChange={(departmentIds) => onChange({ departmentIds: departmentIds.sort() })} />;
}

function Roles({ form, error, onChange }: PartProps) {
  const items = ROLES.map((role) => ({ id: String(role), name: roleName(role), hint: t(`role.hint.${role}`) }));
  return <Checks label={t("employees.roles")} error={error} items={items} chosen={form.roles.map(String)} onChange={(roles) => onChange({ roles: roles.map((role) => Number(role) as Role) })} />;
}

function Schedule({ form, error, onChange }: PartProps) {
  const { schedules } = useSchedules();
  return (
    <Field
      label={t("employees.schedule")}
      error={error}
      hint={
        <>
          {t("employees.scheduleHint")} <Link to="/settings/schedules">{t("settings.schedules")}</Link>
        </>
      }
    >
      {(props) => (
        <select {...props} value={form.scheduleId} onChange={(event) => onChange({ scheduleId: event.target.value })}>
          <option value="">{t("employees.always")}</option>
          {[...schedules.values()].map((schedule) => (
            <option key={schedule.scheduleId} value={schedule.scheduleId}>
              {schedule.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
