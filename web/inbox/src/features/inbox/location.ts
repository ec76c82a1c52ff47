import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { isView, type ListFilter, savedViewId } from "./filter.ts";
import { filterOfView, type SavedView, useSavedViews } from "./savedViews.ts";
import { filterOfSearch, type InboxSearch, searchOf } from "./search.ts";

export type InboxPlace = {
  /** As the URL names it: "mine", "v-<id>". */
  viewName: string;
  filter: ListFilter;
  /** The saved view that is open; undefined for the fixed ones. */
  saved: SavedView | undefined;
  /** "loading": the saved view is not known yet; "gone": there is none of this name. */
  state: "ready" | "loading" | "gone";
  conversationId: string;
  search: InboxSearch;
};

export function useInboxPlace(): InboxPlace {
  const { view = "mine", conversationId = "" } = useParams({ strict: false });
  const search: InboxSearch = useSearch({ strict: false });
  const id = savedViewId(view);
  const { views, loaded } = useSavedViews(id !== "");
  const saved = id ? views.find((found) => found.viewId === id) : undefined;
  // Other things in the URL come and go; the list's identity does not follow them.
  const key = JSON.stringify([view, { ...search, m: undefined, panel: undefined }, saved?.etag]);
  const filter = useMemo(() => {
    if (!saved) return filterOfSearch(isView(view) ? view : "all", search);
    return search.edited ? filterOfSearch(filterOfView(saved).view, search, true) : filterOfView(saved);
  }, [key]);
  return { viewName: view, filter, saved, state: !id || saved ? "ready" : loaded ? "gone" : "loading", conversationId, search };
}

/** Ways through the inbox; the filter stays as it is. */
export function useInboxGo() {
  const navigate = useNavigate();
  const { view = "mine" } = useParams({ strict: false });
  return useMemo(
    () => ({
      open: (conversationId: string) =>
        navigate({
          to: "/inbox/$view/$conversationId",
          params: { view, conversationId },
          search: (before: InboxSearch) => ({ ...before, m: undefined }),
        }),
      list: () => navigate({ to: "/inbox/$view", params: { view }, search: (before: InboxSearch) => ({ ...before, m: undefined, panel: undefined }) }),
      view: (name: string) => navigate({ to: "/inbox/$view", params: { view: name }, search: {} }),
      /** A filter or a drawer is a step that Back undoes; typing into the search is none. */
      search: (change: InboxSearch, replace = false) => navigate({ to: ".", search: (before: InboxSearch) => ({ ...before, ...change }), replace }),
      /** Another filter; of a saved view it is a change that is not saved yet. */
      filter: (filter: ListFilter, replace = false) =>
        navigate({
          to: ".",
          search: (before: InboxSearch) => ({ ...before, ...searchOf(filter), edited: savedViewId(view) ? (true as const) : undefined, m: undefined }),
          replace,
        }),
    }),
    [navigate, view],
  );
}

const ANY = "00000000-0000-7000-8000-000000000000";

/** Addresses of conversations under the filter of now: built once, then filled in. */
export function useRowHref(): (conversationId: string) => string {
  const router = useRouter();
  const { viewName, filter } = useInboxPlace();
  return useMemo(() => {
    const search = (before: InboxSearch): InboxSearch => ({ ...before, m: undefined });
    const { href } = router.buildLocation({ to: "/inbox/$view/$conversationId", params: { view: viewName, conversationId: ANY }, search });
    return (conversationId) => href.replace(ANY, conversationId);
    // The search that is carried along is the filter's.
  }, [router, viewName, filter]);
}
