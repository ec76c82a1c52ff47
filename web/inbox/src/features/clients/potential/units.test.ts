import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { DepartmentSchema } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { COMPANY } from "./rules.ts";
import { above, mayChange, offered } from "./units.ts";

const all = new Map([["root", ""], ["sales", "root"], ["south", "sales"], ["service", "root"]].map(([departmentId = "", parentDepartmentId = ""]) => [departmentId, create(DepartmentSchema, { departmentId, parentDepartmentId, name: departmentId, headEmployeeId: departmentId === "service" ? "boss" : "" })]));
const somebody = (role: Role, departmentIds: string[], employeeId = "me") => ({ employeeId, roles: [role], departmentIds });
const collator = new Intl.Collator("en");
const ids = (who: ReturnType<typeof somebody>) => offered(all, who, collator).map(({ id, depth }) => `${"-".repeat(depth)}${id}`);

test("above a department stand its parents, and the company last", () => {
  expect(above(all, "south")).toEqual(["sales", "root", COMPANY]);
  expect(above(all, COMPANY)).toEqual([]);
});

test("heads change theirs and below, administrators all, others nothing", () => {
  const may = (who: ReturnType<typeof somebody>): string[] => [COMPANY, ...all.keys()].filter((id) => mayChange(all, who, id));
  expect(may(somebody(Role.HEAD, ["sales"]))).toEqual(["sales", "south"]);
  expect(may(somebody(Role.HEAD, [], "boss"))).toEqual(["service"]);
  expect(may(somebody(Role.OPERATOR, ["sales"]))).toEqual([]);
  expect(may(somebody(Role.ADMINISTRATOR, []))).toHaveLength(5);
});

test("everybody is offered what they inherit", () => {
  expect(ids(somebody(Role.OPERATOR, ["sales"]))).toEqual(["-root", "--sales"]);
  expect(ids(somebody(Role.HEAD, ["sales"]))).toEqual(["-root", "--sales", "---south"]);
  expect(ids(somebody(Role.ADMINISTRATOR, []))).toEqual(["-root", "--sales", "---south", "--service"]);
});
