import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { type ChannelAccount, ChannelAccountService, type Gateway } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { queryClient } from "../../rpc/query.ts";

export function useGateways(): { gateways: readonly Gateway[]; demo: boolean; ready: boolean } {
  const { data } = useQuery(ChannelAccountService.method.listGateways, { pageSize: 100 }, { refetchOnMount: "always" });
  return { gateways: data?.gateways ?? [], demo: data?.demoAvailable ?? false, ready: data !== undefined };
}

export function useGateway(channel: string): Gateway | undefined {
  return useGateways().gateways.find((gateway) => gateway.description?.channel === channel);
}

export function useAccounts() {
  return useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 });
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
