import { expect, test } from "vitest";
import { Role } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { mayMailFrom } from "./mailboxes.ts";

const departments = new Map([
  ["sales", { parentDepartmentId: "" }],
  ["north", { parentDepartmentId: "sales" }],
  ["stock", { parentDepartmentId: "" }],
]);
const reader = (role: Role, ...departmentIds: string[]) => ({ employeeId: "me", departmentIds, roles: [role] });
const box = (departmentId: string, ownerEmployeeId = "") => ({ departmentId, ownerEmployeeId });

test("mailboxes are of administrators, of the heads above them and of their owners", () => {
  const may = (of: ReturnType<typeof box>, who: ReturnType<typeof reader>) => mayMailFrom(of, who, departments);
  expect(may(box("north"), reader(Role.HEAD, "sales"))).toBe(true);
  expect(may(box("sales"), reader(Role.HEAD, "north"))).toBe(false);
  expect(may(box("stock"), reader(Role.HEAD, "sales"))).toBe(false);
  expect(may(box(""), reader(Role.HEAD, "sales"))).toBe(false);
  expect(may(box("sales"), reader(Role.OPERATOR, "sales"))).toBe(false);
  expect(may(box(""), reader(Role.ADMINISTRATOR))).toBe(true);
  expect(may(box("", "me"), reader(Role.OPERATOR))).toBe(true);
  expect(may(box("", "another"), reader(Role.ADMINISTRATOR))).toBe(false);
  expect(mayMailFrom(box("sales"), undefined, departments)).toBe(false);
});
