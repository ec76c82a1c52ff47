import { randomUUID } from "node:crypto";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { DepartmentService } from "../../src/gen/okno/org/v1/department_service_pb.ts";
import { EmployeeService } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { PresenceService } from "../../src/gen/okno/org/v1/presence_service_pb.ts";
import { SessionService } from "../../src/gen/okno/org/v1/session_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";

const TOTP_CODE = "123456";

export function org(router: ConnectRouter, world: World): void {
  router.service(SessionService, {
    signIn({ login, password, totpCode }, context) {
      const employee = [...world.employees.values()].find((found) => found.login === login.toLowerCase());
      if (login === "locked") throw refuse("LOCKED_OUT", Code.ResourceExhausted, { retry_after_seconds: "900" });
      if (!employee || world.passwords.get(employee.employeeId) !== password) throw refuse("WRONG_CREDENTIALS", Code.Unauthenticated);
      if (world.totp.has(employee.employeeId) && totpCode !== TOTP_CODE) throw refuse("TOTP_REQUIRED", Code.Unauthenticated);
      const secret = randomUUID();
      world.sessions.set(secret, employee.employeeId);
      context.responseHeader.append("set-cookie", `mock=${secret}; Path=/; HttpOnly; SameSite=Lax`);
      return { employee };
    },
    signOut(_, context) {
      context.responseHeader.append("set-cookie", "mock=; Path=/; Max-Age=0");
      return {};
    },
    getMe(_, context) {
      const employee = world.caller(context);
      return { employee, totpEnabled: world.totp.has(employee.employeeId), preferences: world.preferences.get(employee.employeeId) ?? {} };
    },
    updateMe({ language, preferences }, context) {
      const employee = world.caller(context);
      if (language) employee.language = language;
      world.preferences.set(employee.employeeId, { ...world.preferences.get(employee.employeeId), ...preferences });
      return {};
    },
    listSessions: () => ({
      sessions: [
        { sessionId: "1", userAgent: "Chromium 156, Debian", clientAddress: "192.0.2.10", lastSeenAt: stamp(Date.now()), current: true },
        { sessionId: "2", userAgent: "Firefox 150, Windows", clientAddress: "192.0.2.11", lastSeenAt: stamp(Date.now() - 86_400_000) },
      ],
    }),
    startTotp: () => ({ secretBase32: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", otpauthUrl: "otpauth://totp/Okno?secret=JBSWY3DPEHPK3PXP" }),
    confirmTotp({ code }, context) {
      if (code !== TOTP_CODE) throw refuse("WRONG_CREDENTIALS", Code.InvalidArgument);
      world.totp.add(world.caller(context).employeeId);
      return {};
    },
    disableTotp: (_, context) => (world.totp.delete(world.caller(context).employeeId), {}),
    changePassword: () => ({}),
    revokeSession: () => ({}),
  });
  router.service(EmployeeService, { listEmployees: () => ({ employees: [...world.employees.values()] }) });
  router.service(DepartmentService, { listDepartments: () => ({ departments: [...world.departments.values()] }) });
  router.service(PresenceService, {
    setPresence({ choice }, context) {
      const employee = world.caller(context);
      employee.presence = { $typeName: "okno.org.v1.Presence", choice, online: true };
      return { presence: employee.presence };
    },
  });
}
