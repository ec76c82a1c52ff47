import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Department, DepartmentSchema } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { branches, pathOf, subtree } from "./tree.ts";

function all(...rows: [id: string, name: string, parent?: string][]): Map<string, Department> {
  return new Map(rows.map(([departmentId, name, parentDepartmentId = ""]) => [departmentId, create(DepartmentSchema, { departmentId, name, parentDepartmentId })]));
}

const COMPANY = all(["c", "Компания"], ["s", "Продажи", "c"], ["w", "Опт", "s"], ["h", "Поддержка", "c"], ["x", "Ёлки", "s"]);
const shape = (open?: (id: string) => boolean): string[] => branches(COMPANY, open).map(({ department, depth, position, siblings }) => `${"-".repeat(depth)}${department.departmentId} ${position}/${siblings}`);

test("departments stand below their parents, by name", () => {
  expect(shape()).toEqual(["c 1/1", "-h 1/2", "-s 2/2", "--x 1/2", "--w 2/2"]);
});

test("a folded department hides what is below it", () => {
  expect(shape((id) => id !== "s")).toEqual(["c 1/1", "-h 1/2", "-s 2/2"]);
});

test("a department may not move into what is below it", () => {
  expect([...subtree(COMPANY, "s")].sort()).toEqual(["s", "w", "x"]);
});

test("nothing is lost when a parent is missing or runs in a circle", () => {
  const broken = all(["a", "А", "b"], ["b", "Б", "a"], ["o", "О", "gone"]);
  expect(branches(broken).map(({ department }) => department.departmentId)).toEqual(["a", "b", "o"]);
  expect(pathOf(broken, "a")).toBe("Б › А");
});
