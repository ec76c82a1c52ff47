import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Department, DepartmentService } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import form from "../../../ui/form/form.module.css";
import { Section } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refreshDepartments } from "../queries.ts";

type Props = { department: Department; departments: ReadonlyMap<string, Department> };

/** Possible when nobody works there and nothing stands below; what is in the way is counted. */
export function DeleteDepartment({ department, departments }: Props) {
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const everyone = useEmployees();
  const people = [...everyone.values()].filter((employee) => !employee.dismissed && employee.departmentIds.includes(department.departmentId)).length;
  const below = [...departments.values()].filter((other) => other.parentDepartmentId === department.departmentId).length;
  const remove = useMutation(DepartmentService.method.deleteDepartment, {
    onSuccess: async () => {
      setAsking(false);
      toast(t("departments.deleted", { name: department.name }));
      await navigate({ to: "/settings/departments" });
      await refreshDepartments();
    },
    onError: () => void refreshDepartments(),
  });
  const inUse = people + below > 0;
  const why = [people > 0 && t("departments.inUsePeople", { n: people }), below > 0 && t("departments.inUseBelow", { n: below })].filter(Boolean).join(", ");
  return (
    <Section title={t("departments.danger")} danger>
      <p id="delete-hint">{inUse ? t("departments.inUse", { why }) : t("departments.deleteHint")}</p>
      {remove.error && !asking && <Strip tone="red">{problemText(problemOf(remove.error))}</Strip>}
      <Button color="red" variant="outline" aria-describedby="delete-hint" aria-disabled={inUse || undefined} data-disabled={inUse || undefined} onClick={() => !inUse && setAsking(true)}>
        {t("departments.delete")}
      </Button>
      {asking && (
        <Dialog title={t("departments.deleteAsk", { name: department.name })} onClose={() => setAsking(false)}>
          <p>{t("departments.deleteOnce")}</p>
          {remove.error && <Strip tone="red">{problemText(problemOf(remove.error))}</Strip>}
          <div className={form.end}>
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              {t("action.cancel")}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate({ departmentId: department.departmentId, etag: department.etag })}>
              {t("departments.delete")}
            </Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
