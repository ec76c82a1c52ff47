import { useSyncExternalStore } from "react";

// Another part of the inbox wants the template picker of a dialog: that dialog's composer opens it.

let wanted = "";
const listeners = new Set<() => void>();

/** Empty: nobody wants one any more. */
export function wantTemplate(conversationId: string): void {
  wanted = conversationId;
  for (const listener of listeners) listener();
}

export function useWantedTemplate(conversationId: string): boolean {
  return useSyncExternalStore(subscribe, () => wanted === conversationId);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
