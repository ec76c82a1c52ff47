import { useSyncExternalStore } from "react";
import { conversations } from "../../rpc/clients.ts";

const SHOWN_MS = 6_000;
const TELL_EVERY_MS = 3_000;

type Typing = { employeeId: string; timer: ReturnType<typeof setTimeout> };

const typing = new Map<string, Typing>();
const listeners = new Set<() => void>();

/** Someone types in a conversation: an employee, or the person when the id is empty. */
export function hearTyping(conversationId: string, employeeId: string): void {
  clearTimeout(typing.get(conversationId)?.timer);
  typing.set(conversationId, { employeeId, timer: setTimeout(() => forgetTyping(conversationId), SHOWN_MS) });
  for (const tell of listeners) tell();
}

export function forgetTyping(conversationId: string): void {
  clearTimeout(typing.get(conversationId)?.timer);
  if (typing.delete(conversationId)) for (const tell of listeners) tell();
}

/** Who types: an employee's id, "" for the person, undefined for nobody. */
export function useTyping(conversationId: string): string | undefined {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => typing.get(conversationId)?.employeeId,
  );
}

let toldAt = 0;

/** Tells the others that we type; nothing is lost when it does not arrive. */
export function tellTyping(conversationId: string): void {
  if (performance.now() - toldAt < TELL_EVERY_MS) return;
  toldAt = performance.now();
  conversations.signalTyping({ conversationId }).catch(() => undefined);
}
