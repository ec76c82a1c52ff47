import { randomUUID } from "node:crypto";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { SessionService } from "../../src/gen/okno/org/v1/session_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { employeeChanged } from "./org.ts";

const TOTP_CODE = "123456";

type Device = { sessionId: string; userAgent: string; seenAt: number };

export function sessions(router: ConnectRouter, world: World): void {
  const devices = new Map<string, Device>();
  /** The sample data has one session elsewhere for each person. */
  const elsewhere = new Map<string, Device>();
  const secretOf = (context: HandlerContext): string => /(?:^|;\s*)mock=([\w-]+)/u.exec(context.requestHeader.get("cookie") ?? "")?.[1] ?? "";
  const end = (secret: string): void => {
    world.sessions.delete(secret);
    devices.delete(secret);
  };
  router.service(SessionService, {
    signIn({ login, password, totpCode }, context) {
      const employee = [...world.employees.values()].find((found) => found.login === login.toLowerCase() && !found.dismissed);
      if (login === "locked") throw refuse("LOCKED_OUT", Code.ResourceExhausted, { retry_after_seconds: "900" });
      if (!employee || world.passwords.get(employee.employeeId) !== password) throw refuse("WRONG_CREDENTIALS", Code.Unauthenticated);
      if (world.totp.has(employee.employeeId) && totpCode !== TOTP_CODE) throw refuse("TOTP_REQUIRED", Code.Unauthenticated);
      const secret = randomUUID();
      world.sessions.set(secret, employee.employeeId);
      devices.set(secret, { sessionId: randomUUID(), userAgent: context.requestHeader.get("user-agent") ?? "", seenAt: Date.now() });
      if (!elsewhere.has(employee.employeeId)) {
        elsewhere.set(employee.employeeId, { sessionId: randomUUID(), userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0", seenAt: Date.now() - 86_400_000 });
      }
      context.responseHeader.append("set-cookie", `mock=${secret}; Path=/; HttpOnly; SameSite=Lax`);
      return { employee };
    },
    signOut(_, context) {
      end(secretOf(context));
      context.responseHeader.append("set-cookie", "mock=; Path=/; Max-Age=0");
      return {};
    },
    getMe(_, context) {
      const employee = world.caller(context);
      const device = devices.get(secretOf(context));
      return { employee, totpEnabled: world.totp.has(employee.employeeId), sessionId: device?.sessionId ?? "", preferences: world.preferences.get(employee.employeeId) ?? {} };
    },
    updateMe({ language, preferences, name, timeZone }, context) {
      const employee = world.caller(context);
      if (language || name || timeZone) {
        employee.language = language || employee.language;
        employee.name = name || employee.name;
        employee.timeZone = timeZone || employee.timeZone;
        employeeChanged(world, employee);
      }
      const kept = { ...world.preferences.get(employee.employeeId), ...preferences };
      world.preferences.set(employee.employeeId, Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== "")));
      return {};
    },
    listSessions(_, context) {
      const employee = world.caller(context);
      const mine = [...devices].filter(([secret]) => world.sessions.get(secret) === employee.employeeId);
      const other = elsewhere.get(employee.employeeId);
      const here = mine.map(([secret, device]) => ({ ...device, current: secret === secretOf(context), clientAddress: "192.0.2.10" }));
      const all = [...here, ...(other ? [{ ...other, current: false, clientAddress: "192.0.2.11" }] : [])];
      return { sessions: all.map(({ seenAt, ...session }) => ({ ...session, lastSeenAt: stamp(seenAt), createdAt: stamp(seenAt - 3_600_000) })) };
    },
    revokeSession({ sessionId }, context) {
      const employee = world.caller(context);
      const own = secretOf(context);
      for (const [secret, device] of devices) {
        if (world.sessions.get(secret) === employee.employeeId && secret !== own && (!sessionId || device.sessionId === sessionId)) end(secret);
      }
      const other = elsewhere.get(employee.employeeId);
      if (other && (!sessionId || other.sessionId === sessionId)) elsewhere.set(employee.employeeId, { ...other, sessionId: "" });
      if (elsewhere.get(employee.employeeId)?.sessionId === "") elsewhere.delete(employee.employeeId);
      return {};
    },
    changePassword({ oldPassword, newPassword }, context) {
      const employee = world.caller(context);
      if (world.passwords.get(employee.employeeId) !== oldPassword) throw refuse("WRONG_CREDENTIALS", Code.Unauthenticated);
      if (newPassword.length < 10) throw refuse("WEAK_PASSWORD", Code.InvalidArgument);
      world.passwords.set(employee.employeeId, newPassword);
      elsewhere.delete(employee.employeeId);
      return {};
    },
    startTotp(_, context) {
      const { employeeId, login } = world.caller(context);
      if (world.totp.has(employeeId)) throw refuse("TOTP_ON", Code.FailedPrecondition);
      const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
      return { secretBase32: secret, otpauthUrl: `otpauth://totp/Okno:${login}?secret=${secret}&issuer=Okno&algorithm=SHA1&digits=6&period=30` };
    },
    confirmTotp({ code }, context) {
      if (code !== TOTP_CODE) throw refuse("WRONG_CREDENTIALS", Code.InvalidArgument);
      world.totp.add(world.caller(context).employeeId);
      return {};
    },
    disableTotp({ password }, context) {
      const employee = world.caller(context);
      if (world.passwords.get(employee.employeeId) !== password) throw refuse("WRONG_CREDENTIALS", Code.Unauthenticated);
      world.totp.delete(employee.employeeId);
      return {};
    },
  });
}
