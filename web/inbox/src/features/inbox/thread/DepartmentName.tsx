import { t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";

/** Hands on how a department is called. */
export function DepartmentName({ departmentId, children }: { departmentId: string; children: (name: string) => React.ReactNode }) {
  return children(useDepartments().get(departmentId)?.name ?? t("event.nobody"));
}
