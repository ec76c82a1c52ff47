import { create } from "@bufbuild/protobuf";
import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { type AccessLevel, AccessLevelSchema, AccessService } from "../../../gen/okno/crm/v1/access_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Checks } from "../../../ui/form/Checks.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { Flag, TextField } from "../fields/controls.tsx";
import { refresh } from "../queries.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";

const PATHS = ["name", "employee_ids", "department_ids", "all_clients", "archived"];

/** Adds an access level, or changes who holds it. */
export function LevelDialog({ level, onClose }: { level: AccessLevel | undefined; onClose: () => void }) {
  const employees = useEmployees();
  const departments = useDepartments();
  const byName = collator();
  const [before] = useState(() => level ?? create(AccessLevelSchema));
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const box = useRef<HTMLFormElement>(null);
  const after = {
    onSuccess: async (): Promise<void> => {
      await refresh(AccessService);
      toast(t("form.saved"));
      onClose();
    },
    onError: (error: unknown): void => {
      if (problemOf(error).reason === "ETAG_MISMATCH") void refresh(AccessService);
      focusFirstError(box.current);
    },
  };
  const add = useMutation(AccessService.method.createAccessLevel, after);
  const update = useMutation(AccessService.method.updateAccessLevel, after);
  const running = level ? update : add;
  const problem = running.error ? problemOf(running.error) : undefined;
  const taken = problem?.reason === "NAME_TAKEN" ? problemText(problem) : undefined;
  const named = form.name.trim() !== "";
  const set = (part: Partial<AccessLevel>): void => (running.reset(), setForm({ ...form, ...part }));
  const submit = (): void => {
    setTried(true);
    if (running.isPending) return;
    if (!named) return focusFirstError(box.current);
    const accessLevel = { ...form, name: form.name.trim() };
    // The version that was read when the form was opened: what a colleague saved since is not overwritten.
    if (level) update.mutate({ accessLevel, updateMask: { paths: PATHS } });
    else add.mutate({ requestId, accessLevel });
  };
  const people = [...employees.values()].filter((one) => !one.dismissed || form.employeeIds.includes(one.employeeId)).sort((a, b) => byName.compare(a.name, b.name));
  const units = [...departments.values()].sort((a, b) => byName.compare(a.name, b.name));
  const guard = useCloseGuard(form !== before, onClose);
  return (
    <Dialog title={level ? t("contacts.edit", { name: level.name }) : t("cards.addLevel")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.fields}>
          <TextField label={t("client.field.name")} error={taken ?? (tried && !named ? t("form.required") : undefined)} most={100} value={form.name} onChange={(name) => set({ name })} />
          <Flag label={t("cards.allClients")} hint={t("cards.allClientsHint")} checked={form.allClients} onChange={(allClients) => set({ allClients })} />
          <Checks label={t("cards.departments")} items={units.map((unit) => ({ id: unit.departmentId, name: unit.name }))} chosen={form.departmentIds} onChange={(departmentIds) => set({ departmentIds })} />
          <Checks label={t("cards.people")} items={people.map((one) => ({ id: one.employeeId, name: one.name }))} chosen={form.employeeIds} onChange={(employeeIds) => set({ employeeIds })} />
          {level && <Flag label={t("client.field.archived")} hint={t("cards.levelArchivedHint")} checked={form.archived} onChange={(archived) => set({ archived })} />}
        </div>
        {problem && !taken && <Strip tone="red">{problem.reason === "ETAG_MISMATCH" ? t("cards.stale") : problemText(problem)}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending}>
            {t(level ? "action.save" : "cards.addLevel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
