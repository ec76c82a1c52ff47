import { create } from "@bufbuild/protobuf";
import { type Department, DepartmentSchema, type Schedule, ScheduleSchema } from "../src/gen/okno/org/v1/department_service_pb.ts";
import { EmployeeSchema, PresenceChoice, Role } from "../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import type { World } from "./world.ts";

/** How many work here beside the few who sign in: more than a page of the contract, so that pages are seen. */
const PEOPLE = Number(process.env["MOCK_STAFF"] ?? 0);

/** A company around the two departments of the sample dialogs. */
export function staff(world: World, sales: Department, support: Department): void {
  const head = [...world.employees.values()].find(({ login }) => login === "head1");
  const company = department(world, "Компания", "");
  sales.parentDepartmentId = company.departmentId;
  sales.headEmployeeId = head?.employeeId ?? "";
  support.parentDepartmentId = company.departmentId;
  const regions = ["Оптовые продажи", "Розница и интернет-магазин", "Продажи в регионах Сибири и Дальнего Востока"].map((name) => department(world, name, sales.departmentId));
  department(world, "Вторая линия", support.departmentId);
  const office = schedule(world, "Пятидневка", "Europe/Moscow", [1, 2, 3, 4, 5], [[540, 780], [840, 1080]], ["2026-12-31", "2027-01-01", "2027-01-02", "2027-01-05", "2027-01-06", "2027-01-07", "2027-01-08"]);
  schedule(world, "Поддержка, каждый день", "Asia/Novosibirsk", [1, 2, 3, 4, 5, 6, 7], [[480, 1200]], []);
  if (head) head.scheduleId = office.scheduleId;
  for (let n = 1; n <= PEOPLE; n += 1) {
    const employeeId = newId();
    const unit = regions[n % regions.length] ?? sales;
    world.employees.set(
      employeeId,
      create(EmployeeSchema, {
        employeeId,
        name: n === 3 ? "Сотрудник 003 с двойной фамилией, которая не помещается" : `Сотрудник ${String(n).padStart(3, "0")}`,
        login: `employee${n}`,
        email: `employee${n}@example.com`,
        roles: [n % 40 === 0 ? Role.HEAD : Role.OPERATOR],
        departmentIds: n % 9 === 0 ? [unit.departmentId, support.departmentId] : [unit.departmentId],
        scheduleId: n % 3 === 0 ? office.scheduleId : "",
        dismissed: n % 25 === 0,
        language: "ru",
        timeZone: "Europe/Moscow",
        etag: "1",
        presence: { choice: n % 5 === 0 ? PresenceChoice.AWAY : PresenceChoice.AVAILABLE, online: n % 2 === 0 },
      }),
    );
  }
}

function department(world: World, name: string, parentDepartmentId: string): Department {
  const made = create(DepartmentSchema, { departmentId: newId(), etag: "1", name, parentDepartmentId });
  world.departments.set(made.departmentId, made);
  return made;
}

function schedule(world: World, name: string, timeZone: string, weekdays: number[], stretches: [number, number][], daysOff: string[]): Schedule {
  const intervals = weekdays.flatMap((weekday) => stretches.map(([fromMinute, toMinute]) => ({ weekday, fromMinute, toMinute })));
  const made = create(ScheduleSchema, { scheduleId: newId(), etag: "1", name, timeZone, intervals, daysOff });
  world.schedules.set(made.scheduleId, made);
  return made;
}
