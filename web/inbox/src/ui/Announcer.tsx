import { useSyncExternalStore } from "react";

let said = "";
let urgent = "";
let turn = 0;
const listeners = new Set<() => void>();

/** Says `text` to a screen reader, politely, once. */
export function announce(text: string): void {
  turn += 1;
  said = turn % 2 ? text : `${text}\u200b`; // the same words twice are two announcements
  for (const tell of listeners) tell();
}

/** Interrupts: for a call that rings and a connection that is lost. */
export function announceUrgently(text: string): void {
  urgent = text;
  for (const tell of listeners) tell();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => said);
  const alarm = useSyncExternalStore(subscribe, () => urgent);
  return (
    <>
      <div className="visually-hidden" aria-live="polite" data-testid="announcer">
        {text}
      </div>
      <div className="visually-hidden" aria-live="assertive">
        {alarm}
      </div>
    </>
  );
}
