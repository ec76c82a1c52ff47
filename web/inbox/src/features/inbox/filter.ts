export const VIEWS = ["mine", "unassigned", "all", "mentions"] as const;
export type ViewName = (typeof VIEWS)[number];
export type Order = "activity" | "waiting";

/** What a list shows: all of it stands in the URL. */
export type ListFilter = {
  view: ViewName;
  query: string;
  channel: string;
  account: string;
  order: Order;
};

export function isView(name: string): name is ViewName {
  return (VIEWS as readonly string[]).includes(name);
}
