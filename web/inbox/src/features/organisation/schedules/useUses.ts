import { useInfiniteQuery } from "@connectrpc/connect-query";
import { ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { useEmployees, useEveryPage } from "../../../rpc/directory.ts";

export type Use = { id: string; name: string };
export type Uses = { employees: Use[]; accounts: Use[] };

/** Whose hours a schedule is: people who work by it, accounts that are answered by it. */
export function useUses(): (scheduleId: string) => Uses {
  const employees = useEmployees();
  const accounts = useInfiniteQuery(
    ChannelAccountService.method.listChannelAccounts,
    { pageSize: 200, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  useEveryPage(accounts);
  const all = accounts.data?.pages.flatMap((page) => page.accounts) ?? [];
  return (scheduleId) => ({
    employees: [...employees.values()].filter((one) => !one.dismissed && one.scheduleId === scheduleId).map(({ employeeId: id, name }) => ({ id, name })),
    accounts: all.filter((one) => one.scheduleId === scheduleId).map(({ accountId: id, name }) => ({ id, name })),
  });
}
