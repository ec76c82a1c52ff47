import { useEffect, useState } from "react";

// What lists of many rows have in common: the row that has the keyboard, and pages that come as they are needed.

/** How many rows before the last the next page is asked for. */
const NEAR = 15;

/** The row that has the keyboard; the focus follows it once it is drawn. Rows name themselves by `data-id`. */
export function useCursor(box: React.RefObject<HTMLDivElement | null>, order: readonly string[], scrollTo: (index: number) => void) {
  const [id, setId] = useState("");
  const found = order.indexOf(id);
  const current = Math.max(0, found);
  const move = (step: number): void => {
    const next = Math.max(0, Math.min(order.length - 1, found < 0 ? (step > 0 ? step - 1 : 0) : found + step));
    const to = order[next] ?? "";
    setId(to);
    scrollTo(next);
    const focus = (tries: number): void => {
      const link = box.current?.querySelector<HTMLElement>(`[data-id="${to}"] a`);
      if (link) link.focus({ preventScroll: true });
      else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
    };
    requestAnimationFrame(() => focus(10));
  };
  const onFocus = ({ target }: React.FocusEvent<HTMLElement>): void => setId(target.closest<HTMLElement>("[data-id]")?.dataset["id"] ?? id);
  return { current, move, onFocus };
}

/** Arrows, Home and End. */
export function walk(event: React.KeyboardEvent, move: (step: number) => void, count: number): void {
  const steps: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -count, End: count };
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  move(step);
}

type Pages = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };

/** Loads the next page when the last rows come near. */
export function useMore({ hasNextPage, isFetchingNextPage, fetchNextPage }: Pages, lastSeen: number, count: number): void {
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastSeen >= count - NEAR) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastSeen, count]);
}
