import { type RefObject, useState } from "react";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { insertMention, mentionChoices, mentionQuery } from "./mentions.ts";

const LIST_ID = "composer-mentions";

type Input = {
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  employees: ReadonlyMap<string, Employee>;
  enabled: boolean;
  write: (text: string) => void;
};

export type MentionState = ReturnType<typeof useMentionList>;

/** Colleagues to choose from while a name is typed after "@". The focus stays in the field. */
export function useMentionList({ text, field, employees, enabled, write }: Input) {
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(0);
  const [closedFor, setClosedFor] = useState("");
  const query = enabled ? mentionQuery(text, caret) : undefined;
  const choices = query === undefined || closedFor === text ? [] : mentionChoices(query, employees.values());
  const active = Math.min(at, choices.length - 1);

  const put = (value: string, position: number): void => {
    write(value);
    setCaret(position);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(position, position);
    });
  };
  const choose = (employee: Employee | undefined): void => {
    if (!employee || query === undefined) return;
    const next = insertMention(text, caret, query, employee.name);
    setAt(0);
    put(next.text, next.caret);
  };
  const begin = (): void => {
    const value = field.current?.value ?? "";
    const start = value === "" || /\s$/u.test(value) ? value : `${value} `;
    put(`${start}@`, start.length + 1);
  };
  /** True when the list has used the key. */
  const onKeyDown = (event: React.KeyboardEvent): boolean => {
    if (choices.length === 0 || event.ctrlKey || event.metaKey) return false;
    if (event.key === "ArrowDown") setAt((active + 1) % choices.length);
    else if (event.key === "ArrowUp") setAt((active + choices.length - 1) % choices.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(choices[active]);
    else if (event.key === "Escape") setClosedFor(text);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const open = choices.length > 0;
  const props = {
    onSelect: (event: React.SyntheticEvent<HTMLTextAreaElement>) => setCaret(event.currentTarget.selectionStart),
    ...(open ? { role: "combobox", "aria-expanded": true, "aria-controls": LIST_ID, "aria-activedescendant": `${LIST_ID}-${active}`, "aria-autocomplete": "list" as const } : {}),
  };
  return { id: LIST_ID, choices, active, choose, begin, moved: setCaret, onKeyDown, props };
}
