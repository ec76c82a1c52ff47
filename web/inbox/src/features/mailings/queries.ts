import { createConnectQueryKey, useInfiniteQuery, useQuery as useRpcQuery } from "@connectrpc/connect-query";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Mailing, MailingRecipientState, MailingService, MailingState } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { useEveryPage } from "../../rpc/directory.ts";
import { queryClient } from "../../rpc/query.ts";
import { isAdministrator, isHead, useMe } from "../../rpc/session.ts";
import { useDepartments } from "../../rpc/departments.ts";
import { loadDraft } from "./draft.ts";
import { mayMailFrom } from "./mailboxes.ts";

/** A letter every few seconds would be a stream of events for one page that is seldom open: it asks instead. */
const EVERY_MS = 2_000;
const PAGE = 200;

export function isMoving(mailing: Mailing | undefined): boolean {
  return mailing !== undefined && mailing.state !== MailingState.DRAFT && (mailing.state === MailingState.RUNNING || (mailing.counts?.queued ?? 0) > 0);
}

/** The newest first, page after page on demand. */
export function useMailings() {
  const query = useInfiniteQuery(
    MailingService.method.listMailings,
    { pageSize: 20, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (page) => page.nextPageToken || undefined,
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.mailings.some(isMoving)) ? EVERY_MS : false),
    },
  );
  const first = query.data?.pages[0];
  const mailings = useMemo(() => query.data?.pages.flatMap((page) => page.mailings) ?? [], [query.data]);
  return { ...query, mailings, mayCreate: first?.mayCreate ?? false, publicUrlSet: first?.publicUrlSet ?? true };
}

export function useMailing(mailingId: string) {
  const query = useRpcQuery(MailingService.method.getMailing, { mailingId }, { staleTime: 0, enabled: mailingId !== "", refetchInterval: ({ state }) => (isMoving(state.data?.mailing) ? EVERY_MS : false) });
  return { ...query, mailing: query.data?.mailing };
}

export function useRecipients(mailingId: string, states: readonly MailingRecipientState[], moving: boolean) {
  return useInfiniteQuery(
    MailingService.method.listMailingRecipients,
    { mailingId, states: [...states], pageSize: 50, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0, refetchInterval: moving ? 2 * EVERY_MS : false },
  );
}

/** A draft for writing it: loaded anew whenever it is opened, and never under the hands of who writes. */
export function useDraft(mailingId: string) {
  return useQuery({ queryKey: ["mailing draft", mailingId], queryFn: () => loadDraft(mailingId), enabled: mailingId !== "", staleTime: Infinity, gcTime: 0 });
}

/** Mailboxes, by id. */
export function useMailboxes() {
  const query = useInfiniteQuery(
    ChannelAccountService.method.listChannelAccounts,
    { pageSize: PAGE, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  useEveryPage(query);
  return useMemo(() => (query.data?.pages ?? []).flatMap((page) => page.accounts).filter((account) => account.capabilities?.letters), [query.data]);
}

/** Those that the reader may mail from. */
export function useMailableBoxes() {
  const accounts = useMailboxes();
  const me = useMe().employee;
  const departments = useDepartments();
  return useMemo(() => accounts.filter((account) => account.enabled && mayMailFrom(account, me, departments)), [accounts, me, departments]);
}

/** Who takes no mailings is seen by administrators and heads. */
export function useMayKeepUnsubscribed(): boolean {
  const me = useMe().employee;
  return isAdministrator(me) || isHead(me);
}

export function useUnsubscribed(part: string) {
  return useInfiniteQuery(
    MailingService.method.listUnsubscribed,
    { query: part, pageSize: 50, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined, staleTime: 0 },
  );
}

export function refreshMailings(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: MailingService, cardinality: undefined }) });
}
