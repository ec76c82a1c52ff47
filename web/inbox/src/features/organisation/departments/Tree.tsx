import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Department } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { fold } from "../../../ui/fold.ts";
import css from "./departments.module.css";
import { type Branch, branches } from "./tree.ts";

type Props = { departments: ReadonlyMap<string, Department>; chosen: string; onChoose: (departmentId: string) => void };

/** A tree as screen readers and keyboards know it: arrows walk and fold, letters jump, Enter opens. */
export function Tree({ departments, chosen, onChoose }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = branches(departments, (id) => !folded.has(id));
  const [at, setAt] = useState(chosen);
  const list = useRef<HTMLUListElement>(null);
  const active = rows.find(({ department }) => department.departmentId === at) ?? rows.find(({ department }) => department.departmentId === chosen) ?? rows[0];
  useEffect(() => {
    if (chosen) setAt(chosen);
  }, [chosen]);

  const focus = (row: Branch | undefined): void => {
    if (!row) return;
    setAt(row.department.departmentId);
    list.current?.querySelector<HTMLElement>(`[data-id="${row.department.departmentId}"]`)?.focus();
  };
  const setFold = (id: string, fold: boolean): void => {
    const next = new Set(folded);
    if (fold) next.add(id);
    else next.delete(id);
    setFolded(next);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = rows.indexOf(active);
    const id = active.department.departmentId;
    const isOpen = active.children > 0 && !folded.has(id);
    const parent = rows.slice(0, index).findLast((row) => row.depth < active.depth);
    if (event.key === "ArrowDown") focus(rows[index + 1]);
    else if (event.key === "ArrowUp") focus(rows[index - 1]);
    else if (event.key === "Home") focus(rows[0]);
    else if (event.key === "End") focus(rows.at(-1));
    else if (event.key === "ArrowRight" && active.children > 0) isOpen ? focus(rows[index + 1]) : setFold(id, false);
    else if (event.key === "ArrowLeft") isOpen ? setFold(id, true) : focus(parent);
    else if (event.key === "Enter" || event.key === " ") onChoose(id);
    else if (event.key.length === 1) focus(jump(rows, index, event.key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <ul ref={list} role="tree" aria-label={t("settings.departments")} className={css.list} onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <Item
          key={row.department.departmentId}
          row={row}
          chosen={row.department.departmentId === chosen}
          active={row === active}
          open={!folded.has(row.department.departmentId)}
          onChoose={() => {
            setAt(row.department.departmentId);
            onChoose(row.department.departmentId);
          }}
          onFocus={() => setAt(row.department.departmentId)}
          onFold={(fold) => setFold(row.department.departmentId, fold)}
        />
      ))}
    </ul>
  );
}

/** The next one whose name begins with the letter. */
function jump(rows: readonly Branch[], from: number, letter: string): Branch | undefined {
  return [...rows.slice(from + 1), ...rows.slice(0, from)].find(({ department }) => fold(department.name).startsWith(fold(letter)));
}

type ItemProps = { row: Branch; chosen: boolean; active: boolean; open: boolean; onChoose: () => void; onFocus: () => void; onFold: (fold: boolean) => void };

function Item({ row, chosen, active, open, onChoose, onFocus, onFold }: ItemProps) {
  const { department, depth, children, position, siblings } = row;
  const employees = useEmployees();
  const head = employees.get(department.headEmployeeId)?.name;
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <li
      role="treeitem"
      data-id={department.departmentId}
      className={css.item}
      tabIndex={active ? 0 : -1}
      aria-level={depth + 1}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={chosen}
      aria-expanded={children > 0 ? open : undefined}
      style={{ paddingInlineStart: `calc(var(--space-2) + ${depth} * var(--space-5))` }}
      onClick={onChoose}
      onFocus={onFocus}
    >
      {children > 0 ? (
        // For the pointer only: the arrow keys do the same.
        <span className={css.fold} aria-hidden="true" onClick={(event) => (event.stopPropagation(), onFold(open))}>
          <Icon size={16} stroke={1.75} />
        </span>
      ) : (
        <span className={css.leaf} aria-hidden="true" />
      )}
      <span className={css.name}>{department.name}</span>
      {head && <span className={css.headName}>{head}</span>}
    </li>
  );
}
