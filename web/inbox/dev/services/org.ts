import { Code, type ConnectRouter } from "@connectrpc/connect";
import { PresenceService } from "../../src/gen/okno/org/v1/presence_service_pb.ts";
import type { Employee } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { refuse, type World } from "../world.ts";
import { departments } from "./departments.ts";
import { employees } from "./employees.ts";
import { sessions } from "./sessions.ts";

export function org(router: ConnectRouter, world: World): void {
  sessions(router, world);
  employees(router, world);
  departments(router, world);
  router.service(PresenceService, {
    setPresence({ choice }, context) {
      const employee = world.caller(context);
      employee.presence = { $typeName: "okno.org.v1.Presence", choice, online: true };
      employeeChanged(world, employee);
      return { presence: employee.presence };
    },
    listPresence: () => ({ presences: [...world.employees.values()].map(({ employeeId, presence }) => ({ employeeId, presence })) }),
  });
}

/** The next version of a thing, if the caller has seen this one. */
export function nextEtag(found: { etag: string }, seen: string | undefined): string {
  if (seen && seen !== found.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
  return String(Number(found.etag) + 1);
}

export function employeeChanged(world: World, employee: Employee): void {
  employee.etag = nextEtag(employee, undefined);
  world.event({ area: "crm", what: { case: "employeeChanged", value: { employeeId: employee.employeeId, revision: BigInt(employee.etag) } } });
}
