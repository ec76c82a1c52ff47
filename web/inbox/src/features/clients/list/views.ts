import type { ClientSearch } from "../query.ts";

/** A narrowed list that somebody wants again. One's own, kept with one's choices. */
export type SavedView = { name: string; search: ClientSearch };

const MOST = 20;
export const NAME_MOST = 60;

export function viewsOf(preference: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(preference || "[]");
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  const { name, search } = (value ?? {}) as Partial<SavedView>;
  return typeof name === "string" && typeof search === "object" && search !== null;
}

/** The newest stands last; one of the same name is replaced. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view].slice(-MOST);
}

export function toPreference(views: readonly SavedView[]): string {
  return views.length > 0 ? JSON.stringify(views) : "";
}
