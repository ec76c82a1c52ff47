import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { type Employee, EmployeeService, Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refreshEmployees } from "../queries.ts";
import { newPassword } from "./password.ts";
import { PasswordOnce } from "./PasswordOnce.tsx";

/** The password, and whether this person may sign in at all. */
export function Access({ employee }: { employee: Employee }) {
  return (
    <>
      <Reset employee={employee} />
      <Dismissal employee={employee} />
    </>
  );
}

function Reset({ employee }: { employee: Employee }) {
  const [made, setMade] = useState("");
  const reset = useMutation(EmployeeService.method.resetPassword);
  const run = (): void => {
    const password = newPassword();
    reset.mutate({ employeeId: employee.employeeId, password }, { onSuccess: () => setMade(password) });
  };
  return (
    <Section title={t("employees.password")}>
      <p>{t("employees.resetHint")}</p>
      {reset.error && <Strip tone="red">{problemText(problemOf(reset.error))}</Strip>}
      <Button variant="default" loading={reset.isPending} onClick={run}>
        {t("employees.reset")}
      </Button>
      {made && <PasswordOnce login={employee.login} password={made} onClose={() => setMade("")} />}
    </Section>
  );
}

/** Leaving is no deletion: the dialogs keep the name, and the person can be taken back. */
function Dismissal({ employee }: { employee: Employee }) {
  const last = useIsLastAdministrator(employee);
  const update = useMutation(EmployeeService.method.updateEmployee, { onSettled: () => refreshEmployees() });
  const become = (dismissed: boolean, etag: string, undo: boolean): void =>
    update.mutate(
      { employee: { employeeId: employee.employeeId, etag, dismissed }, updateMask: { paths: ["dismissed"] } },
      {
        onSuccess: ({ employee: saved }) => {
          const said = dismissed ? t("employees.dismissedDone") : t("employees.takenBack");
          toast(said, undo ? { undo: () => become(!dismissed, saved?.etag ?? "", false) } : {});
        },
      },
    );
  const error = update.error && <Strip tone="red">{problemText(problemOf(update.error))}</Strip>;
  if (employee.dismissed) {
    return (
      <Section title={t("employees.return")}>
        <p>{t("employees.returnHint")}</p>
        {error}
        <Button loading={update.isPending} onClick={() => become(false, employee.etag, false)}>
          {t("employees.takeBack")}
        </Button>
      </Section>
    );
  }
  return (
    <Section title={t("employees.danger")} danger>
      <p id="dismiss-hint">{last ? t("employees.lastAdministrator") : t("employees.dismissHint")}</p>
      {error}
      <Button color="red" variant="outline" aria-describedby="dismiss-hint" aria-disabled={last || undefined} data-disabled={last || undefined} loading={update.isPending} onClick={() => !last && become(true, employee.etag, true)}>
        {t("employees.dismiss")}
      </Button>
    </Section>
  );
}

function useIsLastAdministrator({ employeeId, roles }: Employee): boolean {
  const everyone = useEmployees();
  if (!roles.includes(Role.ADMINISTRATOR)) return false;
  return ![...everyone.values()].some((other) => other.employeeId !== employeeId && !other.dismissed && other.roles.includes(Role.ADMINISTRATOR));
}
