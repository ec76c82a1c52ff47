import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useEffect, useMemo } from "react";
import { type Department, DepartmentService } from "../gen/okno/org/v1/department_service_pb.ts";
import { type Employee, EmployeeService } from "../gen/okno/org/v1/employee_service_pb.ts";

const PAGE = 200;

/** Everyone who works or worked here, by id: for names, pickers and avatars. */
export function useEmployees(): ReadonlyMap<string, Employee> {
  const query = useInfiniteQuery(
    EmployeeService.method.listEmployees,
    { pageSize: PAGE, pageToken: "", withDismissed: true },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  useEveryPage(query);
  return useMemo(
    () => new Map(query.data?.pages.flatMap((page) => page.employees).map((employee) => [employee.employeeId, employee])),
    [query.data],
  );
}

export function useDepartments(): ReadonlyMap<string, Department> {
  const query = useInfiniteQuery(
    DepartmentService.method.listDepartments,
    { pageSize: PAGE, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  useEveryPage(query);
  return useMemo(
    () => new Map(query.data?.pages.flatMap((page) => page.departments).map((department) => [department.departmentId, department])),
    [query.data],
  );
}

function useEveryPage(query: { hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => Promise<unknown> }): void {
  const { hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
}
