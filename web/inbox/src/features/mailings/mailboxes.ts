import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Department } from "../../gen/okno/org/v1/department_service_pb.ts";
import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { isAdministrator, isHead } from "../../rpc/session.ts";

type Of = Pick<ChannelAccount, "ownerEmployeeId" | "departmentId">;
type Reader = Pick<Employee, "employeeId" | "departmentIds" | "roles">;

/** As the server has it: one's own mailbox is one's own alone; the others are of administrators and of the heads above them. */
export function mayMailFrom({ ownerEmployeeId, departmentId }: Of, me: Reader | undefined, departments: ReadonlyMap<string, Pick<Department, "parentDepartmentId">>): boolean {
  if (!me) return false;
  if (ownerEmployeeId) return ownerEmployeeId === me.employeeId;
  if (isAdministrator(me)) return true;
  if (!isHead(me)) return false;
  const seen = new Set<string>();
  for (let at = departmentId; at && !seen.has(at); at = departments.get(at)?.parentDepartmentId ?? "") {
    if (me.departmentIds.includes(at)) return true;
    seen.add(at);
  }
  return false;
}
