import { useSyncExternalStore } from "react";
import { sessions } from "./sessions.ts";

/** What a person chose for the page; kept on the server. */
export type PreferenceName =
  | "single_keys" // "off": single letters are no shortcuts
  | "theme" // "auto", "light", "dark"
  | "notices" // JSON of what rings and when, see features/notices/preferences.ts
  | "undo_seconds" // how long a reply waits before it goes: "0", "5", "10"
  | "density" // of the list: "compact": rows of one line
  | "list" // "closed": the list is folded while a conversation is open
  | "panel" // "closed": the customer's panel is folded
  | `signature:${string}` // below one's letters from the account of this id, in place of the account's
  | "clients_columns" // beside the name, by name with commas; "none", see features/clients/list/columns.tsx
  | "clients_views" // JSON of saved views, see features/clients/list/views.ts
  | "panel_order"; // of its blocks, by name with commas, see features/inbox/panel/order.ts

let chosen: Readonly<Record<string, string>> = {};
const listeners = new Set<() => void>();

/** Takes over what the server keeps, once it is known who is signed in. */
export function takePreferences(kept: Readonly<Record<string, string>>): void {
  chosen = kept;
  for (const tell of listeners) tell();
}

/** The chosen value, or an empty string. Cheap enough for every command and row. */
export function usePreference(name: PreferenceName): string {
  return useSyncExternalStore(subscribe, () => chosen[name] ?? "");
}

/** The same outside of React. */
export function preference(name: PreferenceName): string {
  return chosen[name] ?? "";
}

/** Sets it here at once and on the server when it answers; a failure leaves it for this tab only. */
export function setPreference(name: PreferenceName, value: string): void {
  takePreferences({ ...chosen, [name]: value });
  sessions.updateMe({ preferences: { [name]: value } }).catch(() => undefined);
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
