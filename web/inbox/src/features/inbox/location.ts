import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { isView, type ListFilter, type Order, type ViewName } from "./filter.ts";

/** What of the inbox stands in the URL. */
export type InboxSearch = {
  q?: string | undefined;
  channel?: string | undefined;
  account?: string | undefined;
  sort?: Order | undefined;
  m?: number | undefined;
  panel?: "customer" | undefined;
};

export function readSearch(raw: Record<string, unknown>): InboxSearch {
  const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);
  const m = Number(raw["m"]);
  return {
    q: typeof raw["q"] === "number" ? String(raw["q"]) : text(raw["q"]),
    channel: text(raw["channel"]),
    account: text(raw["account"]),
    sort: raw["sort"] === "waiting" ? "waiting" : undefined,
    m: Number.isSafeInteger(m) && m > 0 ? m : undefined,
    panel: raw["panel"] === "customer" ? "customer" : undefined,
  };
}

export type InboxPlace = { filter: ListFilter; conversationId: string; search: InboxSearch };

export function useInboxPlace(): InboxPlace {
  const { view, conversationId } = useParams({ strict: false });
  const search: InboxSearch = useSearch({ strict: false });
  const { q = "", channel = "", account = "", sort = "activity" } = search;
  const name: ViewName = view && isView(view) ? view : "mine";
  const filter = useMemo(() => ({ view: name, query: q, channel, account, order: sort }), [name, q, channel, account, sort]);
  return { filter, conversationId: conversationId ?? "", search };
}

/** Ways through the inbox; the filter stays as it is. */
export function useInboxGo() {
  const navigate = useNavigate();
  const { filter } = useInboxPlace();
  return useMemo(
    () => ({
      open: (conversationId: string) =>
        navigate({
          to: "/inbox/$view/$conversationId",
          params: { view: filter.view, conversationId },
          search: (before: InboxSearch) => ({ ...before, m: undefined }),
        }),
      list: () => navigate({ to: "/inbox/$view", params: { view: filter.view }, search: (before: InboxSearch) => ({ ...before, m: undefined, panel: undefined }) }),
      /** A filter or a drawer is a step that Back undoes; typing into the search is none. */
      search: (change: InboxSearch, replace = false) => navigate({ to: ".", search: (before: InboxSearch) => ({ ...before, ...change }), replace }),
    }),
    [navigate, filter.view],
  );
}

const ANY = "00000000-0000-7000-8000-000000000000";

/** Addresses of conversations under the filter of now: built once, then filled in. */
export function useRowHref(): (conversationId: string) => string {
  const router = useRouter();
  const { filter } = useInboxPlace();
  return useMemo(() => {
    const search = (before: InboxSearch): InboxSearch => ({ ...before, m: undefined });
    const { href } = router.buildLocation({ to: "/inbox/$view/$conversationId", params: { view: filter.view, conversationId: ANY }, search });
    return (conversationId) => href.replace(ANY, conversationId);
  }, [router, filter]);
}
