import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconRefresh } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { EmployeeService, Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { currentLanguage, t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Field } from "../../../ui/Field.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { changedFields } from "../../../ui/form/rebase.ts";
import { Page, Section } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Back } from "../Back.tsx";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import css from "../organisation.module.css";
import { refreshEmployees } from "../queries.ts";
import { EmployeeFields } from "./EmployeeFields.tsx";
import { type EmployeeForm, errorsOf, message } from "./form.ts";
import { newPassword } from "./password.ts";
import { PasswordOnce } from "./PasswordOnce.tsx";
import { focusFirstError, refusal, shownErrors } from "./useErrors.ts";

/** A new colleague, with a password that is shown once. */
export function NewEmployeePage() {
  useT();
  useTitle(t("employees.new"));
  const administrator = isAdministrator(useMe().employee);
  return (
    <Page title={t("employees.new")} back={<Back to="/settings/employees">{t("settings.employees")}</Back>}>
      {administrator ? <Form /> : <OnlyAdministrators />}
    </Page>
  );
}

function Form() {
  const { department }: { department?: string } = useSearch({ strict: false });
  const zone = useMe().employee?.timeZone || "Europe/Moscow";
  const [before] = useState<EmployeeForm>(() => ({ name: "", login: "", email: "", departmentIds: department ? [department] : [], roles: [Role.OPERATOR], scheduleId: "", language: currentLanguage(), timeZone: zone }));
  const [form, setForm] = useState(before);
  const [password, setPassword] = useState(() => newPassword());
  const [tried, setTried] = useState(false);
  const [madeId, setMadeId] = useState("");
  const request = useRequestId(form);
  const card = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const create = useMutation(EmployeeService.method.createEmployee, { onSuccess: refreshEmployees });
  const problem = create.error ? problemOf(create.error) : undefined;
  const weak = problem?.reason === "WEAK_PASSWORD";
  const submit = (): void => {
    setTried(true);
    if (create.isPending) return;
    if (Object.keys(errorsOf(form)).length > 0) return focusFirstError(card.current);
    create.mutate({ requestId: request(), employee: message(form), password }, { onSuccess: ({ employee }) => setMadeId(employee?.employeeId ?? ""), onError: () => focusFirstError(card.current) });
  };
  useCommand("form.save", submit, { within: "anywhere" });
  return (
    <Section title={t("employees.card")}>
      <div ref={card}>
        <EmployeeFields form={form} errors={shownErrors(form, tried, problem)} disabled={false} onChange={(part) => (create.reset(), setForm({ ...form, ...part }))} />
      </div>
      <Field label={t("employees.password")} hint={t("employees.passwordHint")} error={weak ? problemText(problem) : undefined}>
        {(props) => (
          <div className={css.buttons}>
            <input {...props} style={{ flex: "1 1 200px", width: "auto" }} autoComplete="off" spellCheck={false} minLength={10} maxLength={200} value={password} onChange={(event) => setPassword(event.target.value)} />
            <Button variant="default" leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setPassword(newPassword())}>
              {t("employees.otherPassword")}
            </Button>
          </div>
        )}
      </Field>
      {!weak && refusal(problem).rest && <Strip tone="red">{refusal(problem).rest}</Strip>}
      <div className={css.buttons}>
        <Button loading={create.isPending} onClick={submit}>
          {t("employees.create")}
        </Button>
      </div>
      {madeId && <PasswordOnce login={form.login.trim()} password={password} onClose={() => void navigate({ to: "/settings/employees/$employeeId", params: { employeeId: madeId }, replace: true })} />}
      <LeaveGuard dirty={!madeId && changedFields(before, form).length > 0} />
    </Section>
  );
}

/** The same content, repeated after a lost answer, is the same request; another content is another one. */
function useRequestId(form: EmployeeForm): () => string {
  const last = useRef({ content: "", id: "" });
  return () => {
    const content = JSON.stringify(form);
    if (last.current.content !== content) last.current = { content, id: newId() };
    return last.current.id;
  };
}
