import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type Department, DepartmentSchema, DepartmentService, type Schedule, ScheduleSchema } from "../../src/gen/okno/org/v1/department_service_pb.ts";
import { refuse, type World } from "../world.ts";
import { onlyAdministrators } from "./employees.ts";
import { nextEtag } from "./org.ts";
import { page } from "./page.ts";

const byName = new Intl.Collator("ru", { numeric: true });

export function departments(router: ConnectRouter, world: World): void {
  const unit = (id: string): Department => {
    const found = world.departments.get(id);
    if (!found) throw refuse("DEPARTMENT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const changed = ({ departmentId, etag }: Department): void => world.event({ area: "crm", what: { case: "departmentChanged", value: { departmentId, revision: BigInt(etag) } } });
  const told = ({ scheduleId }: Schedule): void => world.event({ area: "crm", what: { case: "scheduleChanged", value: { scheduleId } } });
  router.service(DepartmentService, {
    listDepartments(request) {
      const { items, nextPageToken } = page([...world.departments.values()].sort((a, b) => byName.compare(a.name, b.name)), request);
      return { departments: items, nextPageToken };
    },
    createDepartment({ requestId, department }, context) {
      onlyAdministrators(world, context);
      const made = create(DepartmentSchema, { name: department?.name ?? "", parentDepartmentId: department?.parentDepartmentId ?? "", headEmployeeId: department?.headEmployeeId ?? "", departmentId: requestId, etag: "1" });
      world.departments.set(requestId, made);
      changed(made);
      return { department: made };
    },
    updateDepartment({ department, updateMask }, context) {
      onlyAdministrators(world, context);
      const found = unit(department?.departmentId ?? "");
      const etag = nextEtag(found, department?.etag);
      const paths = new Set(updateMask?.paths);
      if (!department) return {};
      if (paths.has("parent_department_id") && isBelow(world, department.parentDepartmentId, found.departmentId)) throw refuse("DEPARTMENT_CYCLE", Code.InvalidArgument);
      if (paths.has("name")) found.name = department.name;
      if (paths.has("parent_department_id")) found.parentDepartmentId = department.parentDepartmentId;
      if (paths.has("head_employee_id")) found.headEmployeeId = department.headEmployeeId;
      found.etag = etag;
      changed(found);
      return { department: found };
    },
    deleteDepartment({ departmentId, etag }, context) {
      onlyAdministrators(world, context);
      const found = unit(departmentId);
      nextEtag(found, etag);
      const used = [...world.employees.values()].some((one) => !one.dismissed && one.departmentIds.includes(departmentId)) || [...world.departments.values()].some((one) => one.parentDepartmentId === departmentId);
      if (used) throw refuse("DEPARTMENT_IN_USE", Code.FailedPrecondition);
      world.departments.delete(departmentId);
      changed(found);
      return {};
    },
    listSchedules(request) {
      const { items, nextPageToken } = page([...world.schedules.values()].sort((a, b) => byName.compare(a.name, b.name)), request);
      return { schedules: items, nextPageToken };
    },
    createSchedule({ requestId, schedule }, context) {
      onlyAdministrators(world, context);
      const made = create(ScheduleSchema, { name: schedule?.name ?? "", timeZone: schedule?.timeZone ?? "", intervals: schedule?.intervals ?? [], daysOff: schedule?.daysOff ?? [], scheduleId: requestId, etag: "1" });
      world.schedules.set(requestId, made);
      told(made);
      return { schedule: made };
    },
    updateSchedule({ schedule, updateMask }, context) {
      onlyAdministrators(world, context);
      const found = world.schedules.get(schedule?.scheduleId ?? "");
      if (!found || !schedule) throw refuse("SCHEDULE_NOT_FOUND", Code.NotFound);
      const etag = nextEtag(found, schedule.etag);
      const paths = new Set(updateMask?.paths);
      world.schedules.set(
        found.scheduleId,
        create(ScheduleSchema, {
          ...found,
          etag,
          name: paths.has("name") ? schedule.name : found.name,
          timeZone: paths.has("time_zone") ? schedule.timeZone : found.timeZone,
          intervals: paths.has("intervals") ? schedule.intervals : found.intervals,
          daysOff: paths.has("days_off") ? schedule.daysOff : found.daysOff,
        }),
      );
      told(found);
      return { schedule: world.schedules.get(found.scheduleId) };
    },
  });
}

function isBelow(world: World, departmentId: string, top: string): boolean {
  for (let at = world.departments.get(departmentId); at; at = world.departments.get(at.parentDepartmentId)) if (at.departmentId === top) return true;
  return false;
}
