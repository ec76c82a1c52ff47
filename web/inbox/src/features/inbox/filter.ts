export const VIEWS = ["mine", "unassigned", "all", "mentions", "snoozed", "unlinked"] as const;
export type ViewName = (typeof VIEWS)[number];
export type Order = "activity" | "waiting";

/** Attributes with values of which any may hold. */
export const FACETS = ["channel", "account", "folder", "assignee", "department", "state"] as const;
export type Facet = (typeof FACETS)[number];

/** Attributes that hold or do not. */
export const FLAGS = ["unread", "overdue", "unidentified", "notSent"] as const;
export type Flag = (typeof FLAGS)[number];

export const STATES = ["unassigned", "assigned", "in_work", "postponed", "done", "rejected"] as const;
export type StateName = (typeof STATES)[number];

/** What a list shows: all of it stands in the URL, or in the saved view that the URL names. */
export type ListFilter = {
  view: ViewName;
  query: string;
  order: Order;
  values: Readonly<Record<Facet, readonly string[]>>;
  flags: readonly Flag[];
  /** Of a saved view: what is open is said by its states alone, so that its counter equals its list. */
  saved: boolean;
};

export const NO_VALUES = Object.fromEntries(FACETS.map((facet) => [facet, []])) as unknown as ListFilter["values"];

/** The start of a saved view's name in the URL: "v-<id>". */
const SAVED = "v-";

export function isView(name: string): name is ViewName {
  return (VIEWS as readonly string[]).includes(name);
}

/** The id in "v-<id>"; empty for the fixed views. */
export function savedViewId(name: string): string {
  return name.startsWith(SAVED) ? name.slice(SAVED.length) : "";
}

export function savedViewPath(viewId: string): string {
  return `${SAVED}${viewId}`;
}

/** Is anything narrowed, besides the search? */
export function isNarrowed(filter: Pick<ListFilter, "values" | "flags">): boolean {
  return filter.flags.length > 0 || FACETS.some((facet) => filter.values[facet].length > 0);
}
