import { Switch } from "@mantine/core";
import { useState } from "react";
import { AssignmentMethod, type ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { useDepartments, useEmployees } from "../../rpc/directory.ts";
import { Field } from "../../ui/Field.tsx";
import { Section } from "../../ui/Page.tsx";
import css from "./channels.module.css";
import { SaveBar } from "./SaveBar.tsx";
import { useSaveAccount } from "./useSaveAccount.ts";

const METHODS = [
  [AssignmentMethod.QUEUE, "account.queue"],
  [AssignmentMethod.FIXED, "account.fixed"],
  [AssignmentMethod.ROUND_ROBIN, "account.roundRobin"],
] as const;

type Form = {
  name: string;
  enabled: boolean;
  requests: boolean;
  method: AssignmentMethod;
  employeeIds: readonly string[];
  departmentId: string;
  reopenHours: number;
};

function formOf(account: ChannelAccount): Form {
  return {
    name: account.name,
    enabled: account.enabled,
    requests: account.isRequestSource,
    method: account.assignment?.method || AssignmentMethod.QUEUE,
    employeeIds: account.assignment?.employeeIds ?? [],
    departmentId: account.departmentId,
    reopenHours: account.reopenWindowHours || 24,
  };
}

/** Whether requests are made, who gets them, when a finished one opens again. */
export function HandlingSection({ account, locked }: { account: ChannelAccount; locked: boolean }) {
  const departments = useDepartments();
  const [before] = useState(() => formOf(account));
  const [form, setForm] = useState(before);
  const { save, busy, problem } = useSaveAccount(account);
  const change = (part: Partial<Form>): void => setForm({ ...form, ...part });
  const submit = (): void =>
    save(
      {
        name: form.name.trim(),
        enabled: form.enabled,
        isRequestSource: form.requests,
        assignment: { method: form.method, employeeIds: form.method === AssignmentMethod.QUEUE ? [] : [...form.employeeIds] },
        departmentId: form.departmentId,
        reopenWindowHours: form.reopenHours,
      },
      ["name", "enabled", "is_request_source", "assignment", "department_id", "reopen_window_hours"],
    );
  return (
    <Section title={t("account.general")}>
      <fieldset className={css.form} disabled={locked}>
        <Field label={t("connect.name")}>{(props) => <input {...props} maxLength={100} value={form.name} onChange={(event) => change({ name: event.target.value })} />}</Field>
        <Switch label={t("account.enabled")} description={t("account.enabledHint")} checked={form.enabled} disabled={locked} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
        <Switch label={t("account.requests")} description={t("account.requestsHint")} checked={form.requests} disabled={locked} onChange={(event) => change({ requests: event.currentTarget.checked })} />
        <Field label={t("account.assignment")}>
          {(props) => (
            <select {...props} value={form.method} onChange={(event) => change({ method: Number(event.target.value) })}>
              {METHODS.map(([method, label]) => (
                <option key={method} value={method}>
                  {t(label)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {form.method === AssignmentMethod.FIXED && <OneEmployee chosen={form.employeeIds[0] ?? ""} onChoose={(id) => change({ employeeIds: id ? [id] : [] })} />}
        {form.method === AssignmentMethod.ROUND_ROBIN && <ManyEmployees chosen={form.employeeIds} onChoose={(employeeIds) => change({ employeeIds })} />}
        <Field label={t("connect.department")}>
          {(props) => (
            <select {...props} value={form.departmentId} onChange={(event) => change({ departmentId: event.target.value })}>
              <option value="">{t("connect.departmentNone")}</option>
              {[...departments.values()].map((department) => (
                <option key={department.departmentId} value={department.departmentId}>
                  {department.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t("account.reopen")} hint={t("account.hours", { n: form.reopenHours })}>
          {(props) => <input {...props} type="number" min={1} max={8760} value={form.reopenHours} onChange={(event) => change({ reopenHours: Number(event.target.value) })} />}
        </Field>
      </fieldset>
      <SaveBar dirty={JSON.stringify(form) !== JSON.stringify(before)} busy={busy} problem={problem} onSave={submit} onCancel={() => setForm(before)} />
    </Section>
  );
}

function OneEmployee({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  const employees = [...useEmployees().values()].filter((employee) => !employee.dismissed || employee.employeeId === chosen);
  return (
    <Field label={t("account.employee")} error={chosen ? undefined : t("connect.required")}>
      {(props) => (
        <select {...props} value={chosen} onChange={(event) => onChoose(event.target.value)}>
          <option value="">—</option>
          {employees.map((employee) => (
            <option key={employee.employeeId} value={employee.employeeId}>
              {employee.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function ManyEmployees({ chosen, onChoose }: { chosen: readonly string[]; onChoose: (ids: readonly string[]) => void }) {
  const employees = [...useEmployees().values()].filter((employee) => !employee.dismissed || chosen.includes(employee.employeeId));
  const toggle = (id: string): void => onChoose(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <fieldset className={css.people}>
      <legend>{t("account.employees")}</legend>
      {employees.map((employee) => (
        <label key={employee.employeeId}>
          <input type="checkbox" checked={chosen.includes(employee.employeeId)} onChange={() => toggle(employee.employeeId)} /> {employee.name}
        </label>
      ))}
    </fieldset>
  );
}
