import { useSyncExternalStore } from "react";

let first = "";
let stale = false;
const listeners = new Set<() => void>();

/** The edge names the page that it serves; another name than at our start means that a newer one is there. */
export function noticeVersion(version: string): void {
  first ||= version;
  if (stale || !version || version === first) return;
  stale = true;
  for (const tell of listeners) tell();
}

export function useNewVersion(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => stale,
  );
}
