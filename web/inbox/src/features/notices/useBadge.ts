import { useEffect } from "react";

type Badging = Navigator & { setAppBadge?: (n: number) => Promise<void>; clearAppBadge?: () => Promise<void> };

/** A dot on the tab's icon and, where the page is installed, a number on its icon while something waits. */
export function useBadge(n: number): void {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    icon?.setAttribute("href", n > 0 ? "/favicon-unread.svg" : "/favicon.svg");
    const badging: Badging = navigator;
    void (n > 0 ? badging.setAppBadge?.(n) : badging.clearAppBadge?.())?.catch(() => undefined);
  }, [n]);
}
