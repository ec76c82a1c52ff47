import { useSyncExternalStore } from "react";
import type { Problem } from "../../../rpc/errors.ts";
import { keepPage } from "../../../rpc/leaving.ts";
import { edit } from "../messages.ts";

// New words for messages that were sent. They stay until the server has them or they are given up: not a lost
// connection, a refusal nor another dialog takes them away.

export type Change = { text: string; saving: boolean };

const changes = new Map<string, Change>();
const listeners = new Set<() => void>();

export function useChange(messageId: string): Change | undefined {
  return useSyncExternalStore(subscribe, () => changes.get(messageId));
}

export function writeChange(messageId: string, text: string): void {
  set(messageId, { text, saving: changes.get(messageId)?.saving ?? false });
}

export function dropChange(messageId: string): void {
  changes.delete(messageId);
  tell();
}

keepPage(() => changes.size > 0);

/** "kept": saved, and more has been written meanwhile. A problem leaves the words as they are. */
export async function saveChange(messageId: string, text: string): Promise<"saved" | "kept" | Problem> {
  set(messageId, { text, saving: true });
  const problem = await edit(messageId, text.trim());
  const now = changes.get(messageId);
  if (now) set(messageId, { ...now, saving: false });
  if (problem) return problem;
  if (now && now.text !== text) return "kept";
  dropChange(messageId);
  return "saved";
}

function set(messageId: string, change: Change): void {
  changes.set(messageId, change);
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
