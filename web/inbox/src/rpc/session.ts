import { createQueryOptions, useQuery } from "@connectrpc/connect-query";
import { type Employee, Role } from "../gen/okno/org/v1/employee_service_pb.ts";
import { type GetMeResponse, SessionService } from "../gen/okno/org/v1/session_service_pb.ts";
import { queryClient } from "./query.ts";
import { transport } from "./transport.ts";

export const meOptions = createQueryOptions(SessionService.method.getMe, {}, { transport });

/** Who is signed in. Only below the routes that ask for it first. */
export function useMe(): GetMeResponse {
  const { data } = useQuery(SessionService.method.getMe, {});
  if (!data) throw new Error("useMe stands outside of a signed-in route");
  return data;
}

export function useEmployeeId(): string {
  return useMe().employee?.employeeId ?? "";
}

/** Who is signed in, outside of React; empty before that is known. */
export function employeeId(): string {
  return queryClient.getQueryData<GetMeResponse>(meOptions.queryKey)?.employee?.employeeId ?? "";
}

export function isAdministrator(employee: Pick<Employee, "roles"> | undefined): boolean {
  return employee?.roles.includes(Role.ADMINISTRATOR) ?? false;
}

export function isHead(employee: Pick<Employee, "roles"> | undefined): boolean {
  return employee?.roles.includes(Role.HEAD) ?? false;
}
