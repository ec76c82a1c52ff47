import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { type Department, DepartmentService } from "../../../gen/okno/org/v1/department_service_pb.ts";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Field } from "../../../ui/Field.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { PickButton } from "../../../ui/form/PickButton.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Section } from "../../../ui/Page.tsx";
import type { PickerItem } from "../../../ui/Picker.tsx";
import { toast } from "../../../ui/toasts.ts";
import org from "../organisation.module.css";
import { refreshDepartments } from "../queries.ts";
import { presenceText } from "../words.ts";
import { DeleteDepartment } from "./DeleteDepartment.tsx";
import css from "./departments.module.css";
import { Members } from "./Members.tsx";
import { pathOf, subtree } from "./tree.ts";

type Props = { department: Department; departments: ReadonlyMap<string, Department>; locked: boolean; onAddBelow: () => void };

type Form = { name: string; parentDepartmentId: string; headEmployeeId: string };

const PATHS: Record<keyof Form, string> = { name: "name", parentDepartmentId: "parent_department_id", headEmployeeId: "head_employee_id" };

/** Name, place, head, who works there; deleting says why it cannot. */
export function DepartmentPanel({ department, departments, locked, onAddBelow }: Props) {
  return (
    <>
      <Section title={department.name}>
        <Card department={department} departments={departments} locked={locked} />
        {!locked && (
          <div className={org.buttons}>
            <Button variant="default" onClick={onAddBelow}>
              {t("departments.addBelow")}
            </Button>
          </div>
        )}
      </Section>
      <Members department={department} />
      {!locked && <DeleteDepartment department={department} departments={departments} />}
    </>
  );
}

function Card({ department, departments, locked }: Omit<Props, "onAddBelow">) {
  const { name, parentDepartmentId, headEmployeeId } = department;
  const edit = useEdit<Form>({ name, parentDepartmentId, headEmployeeId }, department.etag);
  const employees = useEmployees();
  const [tried, setTried] = useState(false);
  const update = useMutation(DepartmentService.method.updateDepartment, {
    onSuccess: async () => {
      await refreshDepartments();
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refreshDepartments(),
  });
  const problem = update.error ? problemOf(update.error) : undefined;
  const { form } = edit;
  const save = (): void => {
    setTried(true);
    if (!form.name.trim() || edit.dirty.length === 0 || update.isPending) return;
    const { departmentId, etag } = department;
    update.mutate({ department: { ...form, name: form.name.trim(), departmentId, etag }, updateMask: { paths: edit.dirty.map((field) => PATHS[field]) } });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: edit.dirty.length > 0 });
  const sayParent = (id: string): string => (id ? pathOf(departments, id) : t("departments.root"));
  const sayHead = (id: string): string => (id ? (employees.get(id)?.name ?? "—") : t("departments.noHead"));
  const change = (part: Partial<Form>): void => (update.reset(), edit.change(part));
  const cycle = problem?.reason === "DEPARTMENT_CYCLE";
  return (
    <div className={org.form}>
      <Field label={t("departments.name")} error={tried && !form.name.trim() ? t("form.required") : undefined}>
        {(props) => <input {...props} maxLength={200} disabled={locked} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      <PickButton
        label={t("departments.parent")}
        disabled={locked}
        value={sayParent(form.parentDepartmentId)}
        placeholder={t("departments.root")}
        error={cycle ? problemText(problem) : undefined}
        items={() => places(departments, department.departmentId)}
        onPick={(id) => change({ parentDepartmentId: id === ROOT ? "" : id })}
      />
      <PickButton
        label={t("departments.head")}
        hint={t("departments.headHint")}
        disabled={locked}
        value={form.headEmployeeId ? sayHead(form.headEmployeeId) : ""}
        placeholder={t("departments.noHead")}
        items={() => heads(employees)}
        onPick={(id) => change({ headEmployeeId: id === NOBODY ? "" : id })}
      />
      <News edit={edit} name={fieldName} say={(field, value) => (field === "parentDepartmentId" ? sayParent(value.parentDepartmentId) : field === "headEmployeeId" ? sayHead(value.headEmployeeId) : value.name)} />
      <SaveBar
        changes={edit.dirty.length}
        busy={update.isPending}
        problem={!problem || cycle ? undefined : problem.reason === "ETAG_MISMATCH" ? (edit.news.length > 0 ? undefined : t("form.stale")) : problemText(problem)}
        hint={keyOf("form.save")}
        onSave={save}
        onCancel={() => (update.reset(), edit.reset())}
      />
      <LeaveGuard dirty={edit.dirty.length > 0} />
      {employees.has(department.headEmployeeId) && (
        <Link to="/settings/employees/$employeeId" params={{ employeeId: department.headEmployeeId }} className={css.hint}>
          {t("departments.openHead")}
        </Link>
      )}
    </div>
  );
}

function fieldName(field: keyof Form): string {
  return field === "name" ? t("departments.name") : field === "headEmployeeId" ? t("departments.head") : t("departments.parent");
}

const ROOT = "root";
const NOBODY = "nobody";

/** Where it may stand; what is below it stays in the list with the reason. */
function places(departments: ReadonlyMap<string, Department>, departmentId: string): PickerItem[] {
  const below = subtree(departments, departmentId);
  const byName = collator();
  const items = [...departments.values()].map((other): PickerItem => ({
    id: other.departmentId,
    name: pathOf(departments, other.departmentId),
    ...(other.departmentId === departmentId ? { refused: t("departments.itself") } : below.has(other.departmentId) ? { refused: t("departments.below") } : {}),
  }));
  return [{ id: ROOT, name: t("departments.root") }, ...items.sort((a, b) => byName.compare(a.name, b.name))];
}

function heads(employees: ReadonlyMap<string, Employee>): PickerItem[] {
  const byName = collator();
  const people = [...employees.values()].filter((employee) => !employee.dismissed).sort((a, b) => byName.compare(a.name, b.name));
  return [
    { id: NOBODY, name: t("departments.noHead") },
    ...people.map((employee): PickerItem => ({ id: employee.employeeId, name: employee.name, detail: presenceText(employee), lead: <Avatar name={employee.name} size="sm" /> })),
  ];
}
