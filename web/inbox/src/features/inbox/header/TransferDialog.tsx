import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { type Employee, PresenceChoice } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { Picker, type PickerItem } from "../../../ui/Picker.tsx";
import type { Receiver } from "../actions.ts";
import css from "./dialogs.module.css";

type Props = {
  /** Who has it now, and so cannot get it; empty for nobody, or for several at once. */
  responsible: string;
  onClose: () => void;
  onSubmit: (to: Receiver, note: string) => void;
};

/** Hands requests to an employee or a department, with a note that the customer does not see. */
export function TransferDialog({ responsible, onClose, onSubmit }: Props) {
  useT();
  const items = useReceivers(responsible);
  const [to, setTo] = useState<PickerItem>();
  const [note, setNote] = useState("");
  const submit = (): void => {
    if (!to) return;
    onClose();
    onSubmit(receiver(to), note.trim());
  };
  return (
    <Dialog title={t("transfer.title")} onClose={onClose}>
      {!to && <Picker label={t("transfer.to")} items={items} onPick={setTo} />}
      {to && (
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <p className={css.chosen}>
            {t("transfer.chosen", { name: to.name })}
            <Button variant="subtle" size="compact-sm" onClick={() => setTo(undefined)}>
              {t("transfer.change")}
            </Button>
          </p>
          <Field label={t("transfer.note")} hint={t("transfer.noteHint")}>
            {(props) => (
              <textarea
                {...props}
                data-autofocus
                ref={focusOnce}
                rows={3}
                maxLength={2000}
                value={note}
                onChange={(event) => setNote(event.target.value)}
                onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit()}
              />
            )}
          </Field>
          <div className={css.buttons}>
            <Button variant="default" onClick={onClose}>
              {t("action.cancel")}
            </Button>
            <Button type="submit">{t("transfer.submit")}</Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function focusOnce(field: HTMLTextAreaElement | null): void {
  if (field && document.activeElement !== field) field.focus();
}

const DEPARTMENT = "department:";

function receiver(item: PickerItem): Receiver {
  return item.id.startsWith(DEPARTMENT) ? { departmentId: item.id.slice(DEPARTMENT.length), name: item.name } : { employeeId: item.id, name: item.name };
}

function useReceivers(responsible: string): PickerItem[] {
  const employees = useEmployees();
  const departments = useDepartments();
  return useMemo(() => {
    const byName = collator();
    const people = [...employees.values()].filter((employee) => !employee.dismissed).sort((a, b) => byName.compare(a.name, b.name));
    const units = [...departments.values()].sort((a, b) => byName.compare(a.name, b.name));
    return [
      ...people.map((employee): PickerItem => ({
        id: employee.employeeId,
        name: employee.name,
        group: t("transfer.people"),
        detail: presenceText(employee),
        lead: <Avatar name={employee.name} size="sm" />,
        ...(employee.employeeId === responsible ? { refused: t("transfer.self") } : {}),
      })),
      ...units.map((unit): PickerItem => ({ id: `${DEPARTMENT}${unit.departmentId}`, name: unit.name, group: t("transfer.departments") })),
    ];
  }, [employees, departments, responsible]);
}

function presenceText({ presence }: Employee): string {
  if (presence?.choice === PresenceChoice.AWAY) return t("transfer.away");
  return presence?.online ? t("transfer.online") : t("transfer.offline");
}
