import { FACETS, type Facet, FLAGS, type Flag, type ListFilter, type Order, STATES, type ViewName } from "./filter.ts";

// The router reads addresses before it knows which screen they lead to: nothing of the inbox's own code comes with this.

/** What of the inbox stands in the URL. Values of one attribute are joined by commas. */
export type InboxSearch = { [name in Facet]?: string | undefined } & { [name in Flag]?: true | undefined } & {
  q?: string | undefined;
  sort?: Order | undefined;
  /** A saved view was changed here: its own filter no longer counts. */
  edited?: true | undefined;
  m?: number | undefined;
  panel?: "customer" | undefined;
};

export function readSearch(raw: Record<string, unknown>): InboxSearch {
  const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : typeof value === "number" ? String(value) : undefined);
  const flag = (name: string): true | undefined => (raw[name] === true || raw[name] === 1 ? true : undefined);
  const m = Number(raw["m"]);
  return {
    ...Object.fromEntries(FACETS.map((name) => [name, text(raw[name])])),
    ...Object.fromEntries(FLAGS.map((name) => [name, flag(name)])),
    q: text(raw["q"]),
    sort: raw["sort"] === "waiting" ? "waiting" : undefined,
    edited: flag("edited"),
    m: Number.isSafeInteger(m) && m > 0 ? m : undefined,
    panel: raw["panel"] === "customer" ? "customer" : undefined,
  };
}

/** A filter as the URL says it. */
export function searchOf(filter: Pick<ListFilter, "query" | "order" | "values" | "flags">): InboxSearch {
  return {
    ...Object.fromEntries(FACETS.map((name) => [name, filter.values[name].join(",") || undefined])),
    ...Object.fromEntries(FLAGS.map((name) => [name, filter.flags.includes(name) || undefined])),
    q: filter.query || undefined,
    sort: filter.order === "waiting" ? "waiting" : undefined,
  };
}

export function filterOfSearch(view: ViewName, search: InboxSearch, saved = false): ListFilter {
  const values = (name: Facet): readonly string[] => {
    const all = search[name]?.split(",").filter(Boolean) ?? [];
    return name === "state" ? all.filter((state) => (STATES as readonly string[]).includes(state)) : all;
  };
  return {
    view,
    query: search.q ?? "",
    order: search.sort ?? "activity",
    values: Object.fromEntries(FACETS.map((name) => [name, values(name)])) as ListFilter["values"],
    flags: FLAGS.filter((name) => search[name]),
    saved,
  };
}
