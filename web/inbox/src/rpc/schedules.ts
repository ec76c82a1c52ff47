import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { DepartmentService, type Schedule } from "../gen/okno/org/v1/department_service_pb.ts";
import { useEveryPage } from "./directory.ts";

const PAGE = 200;

/** Every working schedule, by id and in the order of their names. `ready` once the first page is there. */
export function useSchedules() {
  const query = useInfiniteQuery(
    DepartmentService.method.listSchedules,
    { pageSize: PAGE, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  useEveryPage(query);
  const schedules: ReadonlyMap<string, Schedule> = useMemo(
    () => new Map(query.data?.pages.flatMap((page) => page.schedules).map((schedule) => [schedule.scheduleId, schedule])),
    [query.data],
  );
  return { schedules, ready: query.data !== undefined && !query.hasNextPage, error: query.error, retry: () => void query.refetch() };
}
