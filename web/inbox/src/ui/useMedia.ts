import { useSyncExternalStore } from "react";

/** The four widths of the layout; see the pane table in `app/Shell`. */
export const WIDE = "(width >= 1360px)";
export const THREE_PANES = "(width >= 1024px)";
export const PHONE = "(width < 600px)";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const list = matchMedia(query);
      list.addEventListener("change", tell);
      return () => list.removeEventListener("change", tell);
    },
    () => matchMedia(query).matches,
  );
}
