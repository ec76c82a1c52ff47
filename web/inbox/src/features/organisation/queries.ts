import type { DescService } from "@bufbuild/protobuf";
import { createConnectQueryKey, useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { DepartmentService } from "../../gen/okno/org/v1/department_service_pb.ts";
import { EmployeeService } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { queryClient } from "../../rpc/query.ts";

const PAGE = 100;

export type EmployeeFilter = { query: string; departmentId: string; withDismissed: boolean };

/** People by name, as far as they were asked for; the last answer stays while the next one is on its way. */
export function useEmployeeSearch(filter: EmployeeFilter) {
  return useInfiniteQuery(
    EmployeeService.method.listEmployees,
    { pageSize: PAGE, pageToken: "", ...filter },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, placeholderData: keepPreviousData },
  );
}

export function useEmployee(employeeId: string) {
  return useQuery(EmployeeService.method.getEmployee, { employeeId });
}

/** What was changed here is asked for anew; the answer of others comes by the live feed. */
export function refreshEmployees(): Promise<void> {
  return refresh(EmployeeService);
}

/** Departments and schedules: one service keeps both. */
export function refreshDepartments(): Promise<void> {
  return refresh(DepartmentService);
}

function refresh(schema: DescService): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema, cardinality: undefined }) });
}
