import { useMutation } from "@connectrpc/connect-query";
import { IconUserOff } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { type Employee, EmployeeService } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { useSchedules } from "../../../rpc/schedules.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Page, Section } from "../../../ui/Page.tsx";
import { PresenceMark } from "../../../ui/PresenceMark.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import { Back } from "../Back.tsx";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import css from "../organisation.module.css";
import { refreshEmployees, useEmployee } from "../queries.ts";
import { presenceOf, presenceText, rolesText } from "../words.ts";
import { zoneText } from "../../../ui/zones.ts";
import { Access } from "./Access.tsx";
import { EmployeeFields } from "./EmployeeFields.tsx";
import { type EmployeeForm, errorsOf, fieldName, formOf, message, pathsOf } from "./form.ts";
import { focusFirstError, refusal, shownErrors } from "./useErrors.ts";

/** One person: the card, the password, leaving and coming back. */
export function EmployeePage() {
  useT();
  const { employeeId = "" } = useParams({ strict: false });
  const administrator = isAdministrator(useMe().employee);
  const { data, error, refetch } = useEmployee(employeeId);
  const employee = data?.employee;
  useTitle(employee?.name ?? t("settings.employees"));
  if (error && !data) {
    const problem = problemOf(error);
    if (problem.reason === "EMPLOYEE_NOT_FOUND" || problem.reason === "INVALID_FIELD") return <Empty icon={IconUserOff} title={t("employees.notFound")} />;
    return <Failure what={t("employees.loadFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (!employee) return <SkeletonRows rows={4} height={72} />;
  return (
    <Page title={employee.name} back={<Back to="/settings/employees">{t("settings.employees")}</Back>}>
      {!administrator && <OnlyAdministrators />}
      <State employee={employee} />
      <Card key={employee.employeeId} employee={employee} locked={!administrator} />
      {administrator && <Access employee={employee} />}
    </Page>
  );
}

function State({ employee }: { employee: Employee }) {
  return (
    <p className={css.head}>
      {employee.dismissed ? (
        <Chip tone="amber">{t("employees.dismissed")}</Chip>
      ) : (
        <span className={css.presence}>
          <PresenceMark state={presenceOf(employee)} /> {presenceText(employee)}
        </span>
      )}
    </p>
  );
}

function Card({ employee, locked }: { employee: Employee; locked: boolean }) {
  const edit = useEdit(formOf(employee), employee.etag);
  const [tried, setTried] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const say = useSay();
  const update = useMutation(EmployeeService.method.updateEmployee, {
    onSuccess: async () => {
      await refreshEmployees();
      toast(t("form.saved"));
    },
    // A newer version is on its way into the form; what was typed is laid upon it.
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refreshEmployees(),
  });
  const problem = update.error ? problemOf(update.error) : undefined;
  const errors = shownErrors(edit.form, tried, problem);
  const save = (): void => {
    setTried(true);
    if (edit.dirty.length === 0 || update.isPending) return;
    if (Object.keys(errorsOf(edit.form)).length > 0) return focusFirstError(card.current);
    const { employeeId, etag } = employee;
    update.mutate({ employee: { ...message(edit.form), employeeId, etag }, updateMask: { paths: pathsOf(edit.dirty) } }, { onError: () => focusFirstError(card.current) });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: edit.dirty.length > 0 });
  const stale = problem?.reason === "ETAG_MISMATCH";
  return (
    <Section title={t("employees.card")}>
      <div ref={card}>
        <EmployeeFields form={edit.form} errors={errors} disabled={locked} onChange={(part) => (update.reset(), edit.change(part))} />
      </div>
      <News edit={edit} name={fieldName} say={say} />
      <SaveBar
        changes={edit.dirty.length}
        busy={update.isPending}
        problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : refusal(problem).rest}
        hint={keyOf("form.save")}
        onSave={save}
        onCancel={() => (update.reset(), edit.reset())}
      />
      <LeaveGuard dirty={edit.dirty.length > 0} />
    </Section>
  );
}

/** A field's value in words, for when two have changed the same. */
function useSay(): (field: keyof EmployeeForm, form: EmployeeForm) => string {
  const departments = useDepartments();
  const { schedules } = useSchedules();
  return (field, form) => {
    if (field === "departmentIds") return form.departmentIds.map((id) => departments.get(id)?.name ?? "—").join(", ");
    if (field === "roles") return rolesText(form.roles);
    if (field === "scheduleId") return schedules.get(form.scheduleId)?.name ?? t("employees.always");
    if (field === "timeZone") return zoneText(form.timeZone);
    if (field === "language") return form.language === "en" ? t("employees.language.en") : t("employees.language.ru");
    return form[field];
  };
}
