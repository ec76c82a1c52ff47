import { useEffect, useSyncExternalStore } from "react";
import { conversations } from "../../rpc/clients.ts";

/** What was not said again for this long is over. */
const OVER_MS = 45_000;
const TELL_EVERY_MS = 20_000;
const NOBODY: readonly string[] = [];

type Viewers = ReadonlyMap<string, ReturnType<typeof setTimeout>>;

const viewers = new Map<string, Viewers>();
const shown = new Map<string, readonly string[]>();
const listeners = new Set<() => void>();

/** A colleague has the conversation open, or has left it. */
export function hearViewing(conversationId: string, employeeId: string, left: boolean): void {
  const here = new Map(viewers.get(conversationId));
  clearTimeout(here.get(employeeId));
  here.delete(employeeId);
  if (!left) here.set(employeeId, setTimeout(() => hearViewing(conversationId, employeeId, true), OVER_MS));
  if (here.size > 0) viewers.set(conversationId, here);
  else viewers.delete(conversationId);
  const ids = [...here.keys()].sort();
  // A repeated sign of life draws nothing anew.
  if (ids.join() === (shown.get(conversationId) ?? NOBODY).join()) return;
  if (ids.length > 0) shown.set(conversationId, ids);
  else shown.delete(conversationId);
  for (const tell of listeners) tell();
}

/** Which colleagues have the conversation open now. */
export function useViewers(conversationId: string): readonly string[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => shown.get(conversationId) ?? NOBODY,
  );
}

/** Tells the others that it is open here, as long as someone can see it; nothing is lost when it does not arrive. */
export function useTellViewing(conversationId: string): void {
  useEffect(() => {
    let told = false;
    const tell = (left: boolean): void => {
      if (left && !told) return;
      told = !left;
      conversations.signalViewing({ conversationId, left }).catch(() => undefined);
    };
    const look = (): void => tell(document.visibilityState === "hidden");
    look();
    const again = setInterval(() => document.visibilityState === "visible" && tell(false), TELL_EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(again);
      document.removeEventListener("visibilitychange", look);
      tell(true);
    };
  }, [conversationId]);
}
