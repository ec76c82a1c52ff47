import { Link } from "@tanstack/react-router";
import { AssignmentMethod, type ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { collator } from "../../i18n/format.ts";
import { type Key, t } from "../../i18n/index.ts";
import { useDepartments } from "../../rpc/departments.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { useSchedules } from "../../rpc/schedules.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Field } from "../../ui/Field.tsx";
import { Checks } from "../../ui/form/Checks.tsx";
import { PickButton } from "../../ui/form/PickButton.tsx";
import type { PickerItem } from "../../ui/Picker.tsx";
import css from "./channels.module.css";
import { METHODS } from "./methods.ts";
import { Personal } from "./Personal.tsx";

export type AssignmentForm = { method: AssignmentMethod; employeeIds: readonly string[]; departmentId: string; scheduleId: string };

const METHOD_HINTS: Record<AssignmentMethod, Key> = {
  [AssignmentMethod.UNSPECIFIED]: "account.methodHint.queue",
  [AssignmentMethod.QUEUE]: "account.methodHint.queue",
  [AssignmentMethod.FIXED]: "account.methodHint.fixed",
  [AssignmentMethod.ROUND_ROBIN]: "account.methodHint.roundRobin",
};

export function assignmentOf({ assignment, departmentId, scheduleId }: ChannelAccount): AssignmentForm {
  return { method: assignment?.method || AssignmentMethod.QUEUE, employeeIds: assignment?.employeeIds ?? [], departmentId, scheduleId };
}

/** What still has to be chosen; undefined when it can be saved. */
export function missingOf({ method, employeeIds }: AssignmentForm): string | undefined {
  if (method === AssignmentMethod.FIXED && employeeIds.length !== 1) return t("account.chooseOne");
  if (method === AssignmentMethod.ROUND_ROBIN && employeeIds.length === 0) return t("account.chooseSome");
  return undefined;
}

export function assignmentMessage({ method, employeeIds }: AssignmentForm): { method: AssignmentMethod; employeeIds: string[] } {
  return { method, employeeIds: method === AssignmentMethod.QUEUE ? [] : [...employeeIds] };
}

type Props = { form: AssignmentForm; owner: string; locked: boolean; tried: boolean; onChange: (part: Partial<AssignmentForm>) => void };

/**
 * Who gets a new request, where it waits when nobody does, and when somebody is there at all. What comes to a personal account
 * is its owner's, so that nothing is asked there but when.
 */
export function AssignmentFields({ owner, ...rest }: Props) {
  return (
    <>
      {owner ? (
        <div>
          <Personal owner={owner} />
        </div>
      ) : (
        <WhoGetsIt {...rest} />
      )}
      <WhenSomebodyIsThere form={rest.form} locked={rest.locked} onChange={rest.onChange} />
    </>
  );
}

function WhoGetsIt({ form, locked, tried, onChange }: Omit<Props, "owner">) {
  const departments = useDepartments();
  const missing = tried ? missingOf(form) : undefined;
  return (
    <>
      <Field label={t("account.assignment")} hint={t(METHOD_HINTS[form.method])}>
        {(props) => (
          <select {...props} disabled={locked} value={form.method} onChange={(event) => onChange({ method: Number(event.target.value), employeeIds: [] })}>
            {METHODS.map(([method, label]) => (
              <option key={method} value={method}>
                {t(label)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {form.method === AssignmentMethod.FIXED && <OneEmployee chosen={form.employeeIds[0] ?? ""} locked={locked} error={missing} onChoose={(id) => onChange({ employeeIds: [id] })} />}
      {form.method === AssignmentMethod.ROUND_ROBIN && <ManyEmployees form={form} locked={locked} error={missing} onChange={onChange} />}
      <Field label={t("connect.department")} hint={t("account.departmentHint")}>
        {(props) => (
          <select {...props} disabled={locked} value={form.departmentId} onChange={(event) => onChange({ departmentId: event.target.value })}>
            <option value="">{t("connect.departmentNone")}</option>
            {[...departments.values()].map((department) => (
              <option key={department.departmentId} value={department.departmentId}>
                {department.name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}

function WhenSomebodyIsThere({ form, locked, onChange }: Pick<Props, "form" | "locked" | "onChange">) {
  const { schedules } = useSchedules();
  return (
    <Field
      label={t("account.schedule")}
      hint={
        <>
          {t("account.scheduleHint")} <Link to="/settings/schedules">{t("settings.schedules")}</Link>
        </>
      }
    >
      {(props) => (
        <select {...props} disabled={locked} value={form.scheduleId} onChange={(event) => onChange({ scheduleId: event.target.value })}>
          <option value="">{t("account.scheduleAlways")}</option>
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

function useActive(also: readonly string[]): Employee[] {
  const everyone = useEmployees();
  const byName = collator();
  return [...everyone.values()].filter((employee) => !employee.dismissed || also.includes(employee.employeeId)).sort((a, b) => byName.compare(a.name, b.name));
}

export function OneEmployee({ chosen, locked, error, onChoose }: { chosen: string; locked: boolean; error: string | undefined; onChoose: (id: string) => void }) {
  const everyone = useEmployees();
  const employees = useActive([chosen]);
  const items = (): PickerItem[] => employees.map((employee) => ({ id: employee.employeeId, name: employee.name, lead: <Avatar name={employee.name} size="sm" />, ...(employee.dismissed ? { refused: t("account.gone") } : {}) }));
  return <PickButton label={t("account.employee")} disabled={locked} error={error} value={everyone.get(chosen)?.name ?? ""} placeholder={t("account.choose")} items={items} onPick={onChoose} />;
}

const CHECKS_UP_TO = 12;

/** A few as a list to tick; many through search, one after the other, in the order of their turns. */
function ManyEmployees({ form, locked, error, onChange }: { form: AssignmentForm; locked: boolean; error: string | undefined; onChange: (part: Partial<AssignmentForm>) => void }) {
  const everyone = useEmployees();
  const { employeeIds } = form;
  const employees = useActive(employeeIds);
  const few = employees.length <= CHECKS_UP_TO;
  const items = employees.filter((employee) => few || employeeIds.includes(employee.employeeId)).map((employee) => ({ id: employee.employeeId, name: employee.name, hint: employee.dismissed ? t("account.gone") : undefined }));
  const more = (): PickerItem[] =>
    employees.map((employee) => ({ id: employee.employeeId, name: employee.name, lead: <Avatar name={employee.name} size="sm" />, ...(employeeIds.includes(employee.employeeId) ? { refused: t("account.already") } : {}) }));
  return (
    <div className={css.form}>
      {items.length > 0 && <Checks label={t("account.employees")} items={items} chosen={employeeIds} disabled={locked} error={error} onChange={(ids) => onChange({ employeeIds: ids })} />}
      {!few && <PickButton label={t("account.addEmployee")} disabled={locked} error={items.length === 0 ? error : undefined} value="" placeholder={t("account.choose")} items={more} onPick={(id) => everyone.has(id) && onChange({ employeeIds: [...employeeIds, id] })} />}
    </div>
  );
}
