import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { type Employee, EmployeeSchema, EmployeeService, PresenceChoice, PresenceSchema, Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { employeeChanged, nextEtag } from "./org.ts";
import { page } from "./page.ts";

const byName = new Intl.Collator("ru", { numeric: true });

export function employees(router: ConnectRouter, world: World): void {
  const of = (id: string): Employee => {
    const found = world.employees.get(id);
    if (!found) throw refuse("EMPLOYEE_NOT_FOUND", Code.NotFound);
    return found;
  };
  const free = (login: string, id: string): void => {
    if ([...world.employees.values()].some((other) => other.login === login && other.employeeId !== id)) throw refuse("LOGIN_TAKEN", Code.AlreadyExists);
  };
  router.service(EmployeeService, {
    getEmployee: ({ employeeId }) => ({ employee: of(employeeId) }),
    listEmployees(request) {
      const query = request.query.toLowerCase();
      const units = request.departmentId ? below(world, request.departmentId) : undefined;
      const found = [...world.employees.values()]
        .filter((one) => (request.withDismissed || !one.dismissed) && `${one.name} ${one.login}`.toLowerCase().includes(query) && (!units || one.departmentIds.some((id) => units.has(id))))
        .sort((a, b) => byName.compare(a.name, b.name));
      const { items, nextPageToken } = page(found, request);
      return { employees: items, nextPageToken };
    },
    createEmployee({ requestId, employee, password }, context) {
      onlyAdministrators(world, context);
      if (!employee || password.length < 10) throw refuse("WEAK_PASSWORD", Code.InvalidArgument);
      free(employee.login, requestId);
      const made = create(EmployeeSchema, { ...employee, employeeId: requestId, etag: "1", presence: create(PresenceSchema, { choice: PresenceChoice.AVAILABLE }), createdAt: stamp(Date.now()) });
      world.employees.set(requestId, made);
      world.passwords.set(requestId, password);
      employeeChanged(world, made);
      return { employee: made };
    },
    updateEmployee({ employee, updateMask }, context) {
      onlyAdministrators(world, context);
      const found = of(employee?.employeeId ?? "");
      if (!employee) return {};
      const etag = nextEtag(found, employee.etag);
      const next = create(EmployeeSchema, { ...found });
      for (const path of updateMask?.paths ?? []) Object.assign(next, { [FIELDS[path] ?? path]: employee[(FIELDS[path] ?? path) as keyof Employee] });
      free(next.login, next.employeeId);
      if (isAdministrator(found) && !isAdministrator(next) && ![...world.employees.values()].some((other) => other !== found && isAdministrator(other))) throw refuse("LAST_ADMINISTRATOR", Code.FailedPrecondition);
      Object.assign(found, next, { etag: String(Number(etag) - 1) });
      employeeChanged(world, found);
      return { employee: found };
    },
    resetPassword({ employeeId, password }, context) {
      onlyAdministrators(world, context);
      world.passwords.set(of(employeeId).employeeId, password);
      for (const [secret, owner] of world.sessions) if (owner === employeeId) world.sessions.delete(secret);
      return {};
    },
  });
}

const FIELDS: Record<string, string> = { department_ids: "departmentIds", schedule_id: "scheduleId", time_zone: "timeZone" };

export function onlyAdministrators(world: World, context: HandlerContext): void {
  if (!world.caller(context).roles.includes(Role.ADMINISTRATOR)) throw refuse("PERMISSION", Code.PermissionDenied);
}

function isAdministrator(employee: Employee): boolean {
  return !employee.dismissed && employee.roles.includes(Role.ADMINISTRATOR);
}

function below(world: World, departmentId: string): Set<string> {
  const ids = new Set([departmentId]);
  for (const id of ids) for (const other of world.departments.values()) if (other.parentDepartmentId === id) ids.add(other.departmentId);
  return ids;
}
