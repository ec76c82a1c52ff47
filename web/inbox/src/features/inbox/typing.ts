import { useSyncExternalStore } from "react";
import { conversations } from "../../rpc/clients.ts";

const SHOWN_MS = 6_000;
const TELL_EVERY_MS = 3_000;

const NOBODY: readonly string[] = [];

/** By conversation, who types there: employees, and the person as an empty id; the last to begin stands last. */
const typing = new Map<string, readonly string[]>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

/** Someone types in a conversation: an employee, or the person when the id is empty. */
export function hearTyping(conversationId: string, employeeId: string): void {
  const timer = `${conversationId} ${employeeId}`;
  clearTimeout(timers.get(timer));
  timers.set(timer, setTimeout(() => forget(conversationId, employeeId), SHOWN_MS));
  const known = typingIn(conversationId);
  if (!known.includes(employeeId)) set(conversationId, [...known, employeeId]);
}

function forget(conversationId: string, employeeId: string): void {
  timers.delete(`${conversationId} ${employeeId}`);
  set(conversationId, typingIn(conversationId).filter((id) => id !== employeeId));
}

function set(conversationId: string, who: readonly string[]): void {
  if (who.length > 0) typing.set(conversationId, who);
  else typing.delete(conversationId);
  for (const tell of listeners) tell();
}

export function typingIn(conversationId: string): readonly string[] {
  return typing.get(conversationId) ?? NOBODY;
}

/** Who types: employees' ids, and "" for the person. */
export function useTyping(conversationId: string): readonly string[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => typingIn(conversationId),
  );
}

const toldAt = new Map<string, number>();

/** Tells the others that we type; nothing is lost when it does not arrive. */
export function tellTyping(conversationId: string): void {
  const now = performance.now();
  for (const [id, at] of toldAt) if (now - at >= TELL_EVERY_MS) toldAt.delete(id);
  if (toldAt.has(conversationId)) return;
  toldAt.set(conversationId, now);
  conversations.signalTyping({ conversationId }).catch(() => undefined);
}
