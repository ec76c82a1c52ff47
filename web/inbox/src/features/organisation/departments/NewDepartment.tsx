import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Department, DepartmentService } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import form from "../../../ui/form/form.module.css";
import { refreshDepartments } from "../queries.ts";

/** A name is enough; place and head follow in the panel. */
export function NewDepartment({ parent, onClose }: { parent: Department | undefined; onClose: () => void }) {
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const request = useRef({ name: "", id: "" });
  const navigate = useNavigate();
  const create = useMutation(DepartmentService.method.createDepartment, {
    onSuccess: async ({ department }) => {
      await refreshDepartments();
      onClose();
      if (department) await navigate({ to: "/settings/departments/$departmentId", params: { departmentId: department.departmentId } });
    },
  });
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    setTried(true);
    const wanted = name.trim();
    if (!wanted || create.isPending) return;
    if (request.current.name !== wanted) request.current = { name: wanted, id: newId() };
    create.mutate({ requestId: request.current.id, department: { name: wanted, parentDepartmentId: parent?.departmentId ?? "" } });
  };
  const error = create.error ? problemText(problemOf(create.error)) : tried && !name.trim() ? t("form.required") : undefined;
  return (
    <Dialog title={parent ? t("departments.newBelow", { name: parent.name }) : t("departments.new")} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Field label={t("departments.name")} error={error}>
          {(props) => <input {...props} data-autofocus maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <div className={form.end}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("departments.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
