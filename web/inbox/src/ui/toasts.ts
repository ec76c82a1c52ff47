import { useSyncExternalStore } from "react";

export type Toast = { id: number; text: string; error: boolean; undo: (() => void) | undefined };

const SHOWN_MS = 5_000;
const AT_MOST = 3;

let toasts: readonly Toast[] = [];
let next = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

/** One line at the bottom left; five seconds, longer under the pointer. An error stays until it is dismissed. */
export function toast(text: string, options: { undo?: () => void; error?: boolean } = {}): void {
  const made: Toast = { id: next, text, error: options.error ?? false, undo: options.undo };
  next += 1;
  change([...toasts, made].slice(-AT_MOST));
  releaseToast(made.id);
}

export function dismissToast(id: number): void {
  holdToast(id);
  change(toasts.filter((toast) => toast.id !== id));
}

/** Keeps a toast while it is looked at. */
export function holdToast(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

export function releaseToast(id: number): void {
  if (toasts.find((toast) => toast.id === id)?.error) return;
  holdToast(id);
  timers.set(id, setTimeout(() => dismissToast(id), SHOWN_MS));
}

/** Undoes what the newest toast offers; false when none does. */
export function undoNewest(): boolean {
  const newest = toasts.findLast((toast) => toast.undo);
  if (!newest) return false;
  dismissToast(newest.id);
  newest.undo?.();
  return true;
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => toasts,
  );
}

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const tell of listeners) tell();
}
