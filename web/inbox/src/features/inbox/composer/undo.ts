import { useSyncExternalStore } from "react";
import type { Mode } from "../drafts.ts";
import type { Returned } from "../giveBack.ts";

/** A reply that has not gone yet, and what it took out of the field. */
export type Undo = {
  messageId: string;
  conversationId: string;
  until: number;
  mode: Mode;
  sent: Returned;
  /** Brings back what the text alone does not say. */
  restore?: (() => void) | undefined;
};

let undo: Undo | undefined;
const listeners = new Set<() => void>();

export function setUndo(next: Undo | undefined): void {
  undo = next;
  for (const tell of listeners) tell();
}

export function useUndo(): Undo | undefined {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => undo,
  );
}
