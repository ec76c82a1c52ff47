import type { Department } from "../../../gen/okno/org/v1/department_service_pb.ts";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { isAdministrator, isHead } from "../../../rpc/session.ts";
import { COMPANY } from "./rules.ts";

type Units = ReadonlyMap<string, Department>;

/** The departments above one, the nearest first, and last the company. */
export function above(all: Units, departmentId: string): readonly string[] {
  const found: string[] = [];
  for (let at = all.get(departmentId)?.parentDepartmentId; at && !found.includes(at); at = all.get(at)?.parentDepartmentId) found.push(at);
  return departmentId === COMPANY ? [] : [...found, COMPANY];
}

/** Whose amounts and weights somebody may change: heads those of theirs and below, administrators all. */
export function mayChange(all: Units, me: Pick<Employee, "employeeId" | "roles" | "departmentIds"> | undefined, departmentId: string): boolean {
  if (isAdministrator(me)) return true;
  if (!me || !isHead(me) || departmentId === COMPANY) return false;
  const heads = (id: string): boolean => me.departmentIds.includes(id) || all.get(id)?.headEmployeeId === me.employeeId;
  return [departmentId, ...above(all, departmentId)].some(heads);
}

export type Offered = { id: string; name: string; depth: number };

/** Those whose settings somebody knows, in the order of the tree: administrators all, others what they may change, are in, and what is above. */
export function offered(all: Units, me: Pick<Employee, "employeeId" | "roles" | "departmentIds"> | undefined, collator: Intl.Collator): readonly Offered[] {
  const near = [...all.keys()].filter((id) => mayChange(all, me, id) || me?.departmentIds.includes(id));
  const known = new Set(near.flatMap((id) => [id, ...above(all, id)]));
  const below = (parent: string, depth: number): Offered[] =>
    [...all.values()]
      .filter(({ departmentId, parentDepartmentId }) => known.has(departmentId) && (all.has(parentDepartmentId) ? parentDepartmentId : "") === parent)
      .sort((a, b) => collator.compare(a.name, b.name))
      .flatMap(({ departmentId, name }) => [{ id: departmentId, name, depth }, ...below(departmentId, depth + 1)]);
  return below("", 1);
}
