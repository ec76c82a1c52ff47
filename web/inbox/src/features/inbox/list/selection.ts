import { useSyncExternalStore } from "react";

// The rows that are selected for work on many at once. Opening a row is not selecting it, and leaves these as they are.

let selected: ReadonlySet<string> = new Set();
let anchor = "";
const listeners = new Set<() => void>();

export function selection(): ReadonlySet<string> {
  return selected;
}

export function useSelection(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, selection);
}

/** One row's own share: the row is drawn anew only when it is concerned. */
export function useIsSelected(id: string): boolean {
  return useSyncExternalStore(subscribe, () => selected.has(id));
}

export function useIsSelecting(): boolean {
  return useSyncExternalStore(subscribe, () => selected.size > 0);
}

export function toggleSelected(id: string): void {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  anchor = id;
  change(next);
}

/** From the row that was selected last to this one, both included. */
export function selectTo(id: string, order: readonly string[]): void {
  const from = order.indexOf(anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggleSelected(id);
  change(new Set([...selected, ...order.slice(Math.min(from, to), Math.max(from, to) + 1)]));
}

export function selectAll(ids: readonly string[]): void {
  change(new Set(ids));
}

export function clearSelection(): void {
  if (selected.size > 0) change(new Set());
}

function change(to: ReadonlySet<string>): void {
  selected = to;
  for (const tell of listeners) tell();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
