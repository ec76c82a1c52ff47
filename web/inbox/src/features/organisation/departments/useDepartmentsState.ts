import { useInfiniteQuery } from "@connectrpc/connect-query";
import { DepartmentService } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";

type Failed = { what: string; why: string; traceId: string; retry: () => void };

/** How the list behind `useDepartments` stands: the same query, so nothing is asked twice. */
export function useDepartmentsState(): { ready: boolean; failure: Failed | undefined } {
  const query = useInfiniteQuery(
    DepartmentService.method.listDepartments,
    { pageSize: 200, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const ready = query.data !== undefined && !query.hasNextPage;
  if (!query.error || query.data) return { ready, failure: undefined };
  const problem = problemOf(query.error);
  return { ready, failure: { what: t("departments.failed"), why: problemText(problem), traceId: problem.traceId, retry: () => void query.refetch() } };
}
