import { useSyncExternalStore } from "react";
import type { Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { timestamp } from "../../rpc/clock.ts";
import { isLost, type Problem, problemOf } from "../../rpc/errors.ts";
import { liveState, onLiveState } from "../../rpc/live/hub.ts";
import { queryClient } from "../../rpc/query.ts";
import { employeeId } from "../../rpc/session.ts";
import { names, read, write } from "../../ui/stored.ts";
import { applyMessages } from "./apply.ts";

// What was written and the server has not confirmed yet. It survives a closed tab; sending it again is
// harmless, because the message's id was made here.

export type OutFile = { fileId: string; name: string; mimeType: string; sizeBytes: number };

export type OutItem = {
  messageId: string;
  conversationId: string;
  kind: "reply" | "note";
  text: string;
  files: readonly OutFile[];
  replyTo: string;
  mentions: readonly string[];
  createdAt: number;
  notBefore: number; // 0: at once
  /** "waiting": the connection is gone; "refused": the server says no, and why stands in `problem`. */
  state: "sending" | "waiting" | "refused";
  problem?: Problem;
};

const RETRY_MS = 4_000;

let items: readonly OutItem[] = [];
let owner = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const flights = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();

/** Takes up what an earlier page left, for the employee who is signed in. */
export function openOutbox(): void {
  owner = employeeId();
  const left = names(storedAs("")).flatMap((name) => JSON.parse(read(name) ?? "[]") as OutItem);
  left.sort((a, b) => a.createdAt - b.createdAt);
  items = left.map((item) => (item.state === "refused" ? item : { ...item, state: "waiting" }));
  tell();
  flush();
}

export function useOutbox(): readonly OutItem[] {
  return useSyncExternalStore(subscribe, outbox);
}

export function outbox(): readonly OutItem[] {
  return items;
}

/** Puts a message into the thread at once and on its way. */
export function enqueue(item: Omit<OutItem, "state">): void {
  change([...items, { ...item, state: "sending" }]);
  flush();
}

/** Tries a refused or waiting item once more. */
export function retry(messageId: string): void {
  change(items.map((item) => (item.messageId === messageId ? { ...item, state: "sending" } : item)));
  flush();
}

export function discard(messageId: string): void {
  change(items.filter((item) => item.messageId !== messageId));
}

export type TakeBack = "taken-back" | "too-late" | "offline";

/** Takes a message back before it goes. The server is always asked: our call may have arrived without its answer. */
export async function takeBack(messageId: string): Promise<TakeBack> {
  await flights.get(messageId);
  try {
    const { messages } = await conversations.cancelMessage({ messageId });
    applyMessages(queryClient, messages);
  } catch (error) {
    if (isLost(error)) return "offline";
    if (problemOf(error).reason !== "MESSAGE_NOT_FOUND") return "too-late";
  }
  discard(messageId);
  return "taken-back";
}

/** Sends the oldest unsent item of every conversation; the next follows when it has arrived. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  const busy = new Set<string>();
  for (const item of items) {
    if (busy.has(item.conversationId) || item.state === "refused") continue;
    busy.add(item.conversationId);
    if (!flights.has(item.messageId)) flights.set(item.messageId, fly(item));
  }
}

async function fly(item: OutItem): Promise<void> {
  const asked = performance.now();
  try {
    const messages = await call(item);
    applyMessages(queryClient, messages, asked);
    change(items.filter((other) => other.messageId !== item.messageId));
  } catch (error) {
    const lost = isLost(error);
    const settled = lost ? { state: "waiting" as const } : { state: "refused" as const, problem: problemOf(error) };
    change(items.map((other) => (other.messageId === item.messageId ? { ...other, ...settled } : other)));
    if (lost) timer ??= setTimeout(flush, RETRY_MS);
  } finally {
    flights.delete(item.messageId);
    if (!timer) flush();
  }
}

async function call(item: OutItem): Promise<readonly Message[]> {
  const { messageId, conversationId, text } = item;
  const fileIds = item.files.map((file) => file.fileId);
  if (item.kind === "note") {
    const { message } = await conversations.addNote({ messageId, conversationId, text, mentionEmployeeIds: [...item.mentions], fileIds });
    return message ? [message] : [];
  }
  const notBefore = item.notBefore ? timestamp(item.notBefore) : undefined;
  const { messages } = await conversations.sendMessage({ messageId, conversationId, text, fileIds, replyToMessageId: item.replyTo, notBefore });
  return messages;
}

/** Each item is stored by itself: tabs do not overwrite each other's. */
function change(to: readonly OutItem[]): void {
  const kept = new Set(to);
  const ids = new Set(to.map((item) => item.messageId));
  for (const item of items) if (!ids.has(item.messageId)) write(storedAs(item.messageId), undefined);
  for (const item of items) kept.delete(item);
  for (const item of kept) write(storedAs(item.messageId), JSON.stringify(item));
  items = to;
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function storedAs(messageId: string): string {
  return `okno.outbox.${owner}.${messageId}`;
}

onLiveState(() => {
  if (liveState() === "connected") flush();
});
