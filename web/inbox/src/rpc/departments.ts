import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { type Department, DepartmentService } from "../gen/okno/org/v1/department_service_pb.ts";
import { PAGE, useEveryPage } from "./directory.ts";

/** Every department by id. Beside the employees and not with them: the dialogs need names of people alone. */
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
