import { Switch } from "@mantine/core";
import { useState } from "react";
import { keyOf, useCommand } from "../../app/commands.ts";
import { AssignmentMethod, type ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { useDepartments } from "../../rpc/departments.ts";
import { useEmployees } from "../../rpc/directory.ts";
import { useSchedules } from "../../rpc/schedules.ts";
import { Field } from "../../ui/Field.tsx";
import { LeaveGuard } from "../../ui/form/LeaveGuard.tsx";
import { News } from "../../ui/form/News.tsx";
import { SaveBar } from "../../ui/form/SaveBar.tsx";
import { useEdit } from "../../ui/form/useEdit.ts";
import { Section } from "../../ui/Page.tsx";
import { AssignmentFields, type AssignmentForm, assignmentMessage, assignmentOf, missingOf } from "./assignment.tsx";
import css from "./channels.module.css";
import { METHODS } from "./methods.ts";
import { saveProblem, useSaveAccount } from "./useSaveAccount.ts";

type Form = AssignmentForm & { name: string; requests: boolean; reopenHours: number; outOfHours: string };

const PATHS: Record<keyof Form, string> = {
  name: "name",
  requests: "is_request_source",
  method: "assignment",
  employeeIds: "assignment",
  departmentId: "department_id",
  scheduleId: "schedule_id",
  reopenHours: "reopen_window_hours",
  outOfHours: "out_of_hours_text",
};

const MOST_HOURS = 8_760;

function formOf(account: ChannelAccount): Form {
  return { ...assignmentOf(account), name: account.name, requests: account.isRequestSource, reopenHours: account.reopenWindowHours || 24, outOfHours: account.outOfHoursText };
}

/** Whether requests are made, who gets them, when somebody is there, when a finished one opens again. */
export function HandlingSection({ account, locked }: { account: ChannelAccount; locked: boolean }) {
  const edit = useEdit(formOf(account), account.etag);
  const { form, dirty } = edit;
  const [tried, setTried] = useState(false);
  const { save, busy, problem, forget } = useSaveAccount(account);
  const say = useSay();
  const hoursWrong = form.reopenHours < 1 || form.reopenHours > MOST_HOURS;
  const submit = (): void => {
    setTried(true);
    if (!form.name.trim() || missingOf(form) || hoursWrong || dirty.length === 0 || busy) return;
    save(
      { name: form.name.trim(), isRequestSource: form.requests, assignment: assignmentMessage(form), departmentId: form.departmentId, scheduleId: form.scheduleId, reopenWindowHours: form.reopenHours, outOfHoursText: form.outOfHours.trim() },
      [...new Set(dirty.map((field) => PATHS[field]))],
    );
  };
  useCommand("form.save", submit, { within: "anywhere", enabled: dirty.length > 0 });
  const change = (part: Partial<Form>): void => (forget(), edit.change(part));
  return (
    <Section title={t("account.general")}>
      <fieldset className={css.form} disabled={locked}>
        <Field label={t("connect.name")} hint={t("connect.nameHint")} error={tried && !form.name.trim() ? t("connect.required") : undefined}>
          {(props) => <input {...props} maxLength={100} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
        </Field>
        <Switch label={t("account.requests")} description={t("account.requestsHint")} checked={form.requests} disabled={locked} onChange={(event) => change({ requests: event.currentTarget.checked })} />
        <AssignmentFields form={form} owner={account.ownerEmployeeId} locked={locked} tried={tried} onChange={change} />
        <Field label={t("account.reopen")} hint={t("account.hours", { n: form.reopenHours })} error={tried && hoursWrong ? t("account.hoursWrong", { n: MOST_HOURS }) : undefined}>
          {(props) => <input {...props} type="number" min={1} max={MOST_HOURS} value={form.reopenHours} onChange={(event) => change({ reopenHours: Math.trunc(Number(event.target.value)) })} />}
        </Field>
        <Field label={t("account.outOfHours")} hint={form.scheduleId ? t("account.outOfHoursHint") : t("account.outOfHoursNever")}>
          {(props) => <textarea {...props} rows={3} maxLength={4_000} value={form.outOfHours} onChange={(event) => change({ outOfHours: event.target.value })} />}
        </Field>
      </fieldset>
      <News edit={edit} name={fieldName} say={say} />
      <SaveBar changes={dirty.length} busy={busy} problem={saveProblem(problem, edit.news.length > 0)} hint={keyOf("form.save")} onSave={submit} onCancel={() => (forget(), edit.reset())} />
      <LeaveGuard dirty={dirty.length > 0} />
    </Section>
  );
}

function fieldName(field: keyof Form): string {
  const names: Record<keyof Form, string> = {
    name: t("connect.name"),
    requests: t("account.requests"),
    method: t("account.assignment"),
    employeeIds: t("account.employees"),
    departmentId: t("account.department"),
    scheduleId: t("account.schedule"),
    reopenHours: t("account.reopenShort"),
    outOfHours: t("account.outOfHours"),
  };
  return names[field];
}

function useSay(): (field: keyof Form, form: Form) => string {
  const employees = useEmployees();
  const departments = useDepartments();
  const { schedules } = useSchedules();
  return (field, form) => {
    switch (field) {
      case "name":
        return form.name;
      case "requests":
        return form.requests ? t("account.yes") : t("account.no");
      case "method":
        return t(METHODS.find(([method]) => method === form.method)?.[1] ?? "account.queue");
      case "employeeIds":
        return form.method === AssignmentMethod.QUEUE ? "" : form.employeeIds.map((id) => employees.get(id)?.name ?? "—").join(", ");
      case "departmentId":
        return departments.get(form.departmentId)?.name ?? "";
      case "scheduleId":
        return schedules.get(form.scheduleId)?.name ?? t("account.scheduleAlways");
      case "reopenHours":
        return t("account.hours", { n: form.reopenHours });
      case "outOfHours":
        return form.outOfHours;
    }
  };
}
