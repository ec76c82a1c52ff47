import { useSyncExternalStore } from "react";
import { read, write } from "../../ui/stored.ts";
import type { NoticeKind } from "./decide.ts";

export type Notice = {
  id: string;
  kind: NoticeKind;
  /** Of the conversation; of the account for a channel's trouble. */
  subjectId: string;
  channel: string;
  title: string;
  text: string;
  /** Who did it, for assignments and mentions. */
  by: string;
  at: number;
  /** The message to open at; 0 when there is none. */
  seq: number;
  read: boolean;
};

const MOST = 50;
const KEY = "okno.notices.";

let owner = "";
let notices: readonly Notice[] = [];
const listeners = new Set<() => void>();

/** The list of one employee in this browser, the newest first. Every tab shows the same. */
export function openNotices(employeeId: string): () => void {
  owner = employeeId;
  reload();
  const follow = (event: StorageEvent): void => {
    if (event.key === KEY + owner) reload();
  };
  addEventListener("storage", follow);
  return () => removeEventListener("storage", follow);
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => notices,
  );
}

/** Adds to the top. A conversation's unread notice of the same kind is replaced: ten messages are one line. */
export function addNotice(notice: Notice): void {
  change(withNotice(stored(), notice));
}

export function withNotice(all: readonly Notice[], notice: Notice): Notice[] {
  const others = all.filter((one) => one.id !== notice.id && (one.read || one.subjectId !== notice.subjectId || one.kind !== notice.kind));
  return [notice, ...others].slice(0, MOST);
}

/** Of one conversation, or all of them. */
export function readNotices(subjectId?: string): void {
  const before = stored();
  if (!before.some((one) => !one.read && (subjectId === undefined || one.subjectId === subjectId))) return;
  change(before.map((one) => (subjectId === undefined || one.subjectId === subjectId ? { ...one, read: true } : one)));
}

function stored(): readonly Notice[] {
  try {
    const kept: unknown = JSON.parse(read(KEY + owner) ?? "[]");
    return Array.isArray(kept) ? (kept as Notice[]).filter((one) => typeof one?.id === "string" && typeof one.subjectId === "string") : [];
  } catch {
    return [];
  }
}

function reload(): void {
  notices = stored();
  for (const tell of listeners) tell();
}

function change(to: readonly Notice[]): void {
  write(KEY + owner, JSON.stringify(to));
  notices = to;
  for (const tell of listeners) tell();
}
