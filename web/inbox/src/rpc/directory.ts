import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import type { InfiniteData } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type Employee, EmployeeService, type ListEmployeesResponse, PresenceChoice, PresenceSchema } from "../gen/okno/org/v1/employee_service_pb.ts";
import { queryClient } from "./query.ts";

/** As many as the server gives at once. */
export const PAGE = 200;

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

/** People came and went: told so often that the list is not asked for again. */
export function applyPresence(came: string[], gone: string[]): void {
  const news = new Map([...gone.map((id) => [id, false] as const), ...came.map((id) => [id, true] as const)]);
  const key = createConnectQueryKey({ schema: EmployeeService.method.listEmployees, cardinality: "infinite" });
  queryClient.setQueriesData<InfiniteData<ListEmployeesResponse>>({ queryKey: key }, (data) => {
    if (!data) return data;
    const patch = (employee: Employee): Employee => {
      const online = news.get(employee.employeeId);
      if (online === undefined) return employee;
      return { ...employee, presence: create(PresenceSchema, { choice: employee.presence?.choice ?? PresenceChoice.AVAILABLE, online }) };
    };
    return { ...data, pages: data.pages.map((page) => ({ ...page, employees: page.employees.map(patch) })) };
  });
}

/** Asks for page after page until there is none. */
export function useEveryPage(query: { hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => Promise<unknown> }): void {
  const { hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
}
