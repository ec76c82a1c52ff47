import { createConnectQueryKey, useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { type ChannelAccount, ChannelAccountService, type Gateway } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { useEveryPage } from "../../rpc/directory.ts";
import { queryClient } from "../../rpc/query.ts";

export function useGateways(): { gateways: readonly Gateway[]; ready: boolean } {
  const { data } = useQuery(ChannelAccountService.method.listGateways, { pageSize: 100 }, { refetchOnMount: "always" });
  return { gateways: data?.gateways ?? [], ready: data !== undefined };
}

export function useGateway(channel: string): Gateway | undefined {
  return useGateways().gateways.find((gateway) => gateway.description?.channel === channel);
}

/** Every account by name, page after page. */
export function useAccounts(enabled = true) {
  const query = useInfiniteQuery(
    ChannelAccountService.method.listChannelAccounts,
    { pageSize: 200, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, enabled },
  );
  useEveryPage(query);
  const { data } = query;
  return { ...query, data: useMemo(() => data && { accounts: data.pages.flatMap((page) => page.accounts) }, [data]) };
}

/** Puts the server's answer where every page reads it, and lets the list follow. */
export function keepAccount(account: ChannelAccount | undefined): void {
  if (!account) return;
  const { accountId } = account;
  const key = createConnectQueryKey({ schema: ChannelAccountService.method.getChannelAccount, cardinality: "finite", input: { accountId } });
  void queryClient.invalidateQueries({ queryKey: key });
  refreshAccounts();
}

export function refreshAccounts(): void {
  void queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: ChannelAccountService, cardinality: undefined }) });
}

/** The demo account's customer, where this installation has one connected. */
export function useDemo(): { available: boolean; customerUrl: string } {
  const { data } = useQuery(ChannelAccountService.method.listGateways, { pageSize: 100 }, { refetchOnMount: "always" });
  return { available: data?.demoAvailable ?? false, customerUrl: data?.demoCustomerUrl ?? "" };
}
