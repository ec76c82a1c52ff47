import type { Department } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { collator } from "../../../i18n/format.ts";

export type Branch = { department: Department; depth: number; children: number; position: number; siblings: number };

type All = ReadonlyMap<string, Department>;

/** Every department below its parent, by name. One whose parent is not there, or that runs in a circle, stands at the root. */
export function branches(all: All, open: (departmentId: string) => boolean = () => true): Branch[] {
  const below = childrenOf(all);
  const walk = (parent: string, depth: number): Branch[] => {
    const children = below.get(parent) ?? [];
    return children.flatMap((department, index): Branch[] => {
      const own = below.get(department.departmentId) ?? [];
      const branch = { department, depth, children: own.length, position: index + 1, siblings: children.length };
      return [branch, ...(own.length > 0 && open(department.departmentId) ? walk(department.departmentId, depth + 1) : [])];
    });
  };
  return walk("", 0);
}

/** The department and all below it. */
export function subtree(all: All, departmentId: string): Set<string> {
  const below = childrenOf(all);
  const ids = new Set<string>([departmentId]);
  for (const id of ids) for (const child of below.get(id) ?? []) ids.add(child.departmentId);
  return ids;
}

/** "Компания › Продажи › Опт" */
export function pathOf(all: All, departmentId: string): string {
  const names: string[] = [];
  const seen = new Set<string>();
  for (let at = all.get(departmentId); at && !seen.has(at.departmentId); at = all.get(at.parentDepartmentId)) {
    seen.add(at.departmentId);
    names.unshift(at.name);
  }
  return names.join(" › ");
}

function childrenOf(all: All): Map<string, Department[]> {
  const byName = collator();
  const below = new Map<string, Department[]>();
  for (const department of [...all.values()].sort((a, b) => byName.compare(a.name, b.name))) {
    const parent = all.has(department.parentDepartmentId) && !isCircle(all, department) ? department.parentDepartmentId : "";
    below.set(parent, [...(below.get(parent) ?? []), department]);
  }
  return below;
}

/** The server allows none; half of a change may show one for a moment. */
function isCircle(all: All, department: Department): boolean {
  const seen = new Set<string>();
  for (let at: Department | undefined = department; at; at = all.get(at.parentDepartmentId)) {
    if (seen.has(at.departmentId)) return true;
    seen.add(at.departmentId);
  }
  return false;
}
