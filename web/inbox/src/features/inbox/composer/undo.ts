import { useSyncExternalStore } from "react";
import type { DraftText, Mode } from "../drafts.ts";

/** A reply that has not gone yet, and the field as it was. */
export type Undo = {
  messageId: string;
  conversationId: string;
  until: number;
  mode: Mode;
  draft: DraftText;
  caret: number;
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
