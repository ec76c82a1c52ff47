import { useSyncExternalStore } from "react";
import type { Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { timestamp } from "../../rpc/clock.ts";
import { isLost, problemOf } from "../../rpc/errors.ts";
import { keepPage } from "../../rpc/leaving.ts";
import { liveState, onLiveState } from "../../rpc/live/hub.ts";
import { queryClient } from "../../rpc/query.ts";
import { employeeId } from "../../rpc/session.ts";
import { inTurn } from "../../rpc/turns.ts";
import { applyMessages } from "./apply.ts";
import { type OutItem, OutboxStore } from "./outboxStore.ts";

// What was written and the server has not confirmed yet. It survives a closed tab; sending it again is
// harmless, because the message's id was made here. All tabs show the same items; one at a time sends those of
// a conversation, and only what is still stored: another tab may have taken it back.

export type { OutFile } from "./outFile.ts";
export type { OutItem } from "./outboxStore.ts";

const RETRY_MS = 4_000;

let items: readonly OutItem[] = [];
let store = new OutboxStore("");
let timer: ReturnType<typeof setTimeout> | undefined;
const flights = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();

/** Takes up what an earlier page left, for the employee who is signed in. */
export function openOutbox(): void {
  store = new OutboxStore(employeeId());
  items = byAge(store.all()).map((item) => (item.state === "refused" ? item : { ...item, state: "waiting" }));
  addEventListener("storage", follow);
  tell();
  flush();
}

/** Another tab has put an item here, changed or ended it. */
function follow({ key }: StorageEvent): void {
  // Storage was emptied by hand: nothing of it was sent.
  if (key === null) return items.forEach((item) => store.keep(item));
  const messageId = store.idOf(key);
  if (messageId === undefined) return;
  const item = store.find(messageId);
  const others = items.filter((other) => other.messageId !== messageId);
  items = item ? byAge([...others, item]) : others;
  tell();
  if (item?.state === "sending") flush();
  // That tab tries again; should it close, this one does. At once would be in turn without end.
  else if (items.some(({ state }) => state === "waiting")) sendLater();
}

function byAge(some: readonly OutItem[]): OutItem[] {
  return [...some].sort((a, b) => a.createdAt - b.createdAt);
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
  const item = items.find((one) => one.messageId === messageId);
  return item ? inTurn(turnOf(item), () => cancel(messageId)) : cancel(messageId);
}

async function cancel(messageId: string): Promise<TakeBack> {
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
  try {
    await inTurn(turnOf(item), () => send(item.messageId));
  } catch {
    sendLater(); // the page is being left, or may not use locks now
  } finally {
    flights.delete(item.messageId);
    if (!timer) flush();
  }
}

/** What changes who may write waits here as well, and holds up what is written after it. */
export function turnOf({ conversationId }: { conversationId: string }): string {
  return `okno-outbox ${conversationId}`;
}

async function send(messageId: string): Promise<void> {
  const item = items.find((one) => one.messageId === messageId);
  if (!item || store.isGone(messageId)) return discard(messageId);
  const asked = performance.now();
  try {
    const messages = await call(item);
    applyMessages(queryClient, messages, asked);
    discard(messageId);
  } catch (error) {
    const lost = isLost(error);
    settle(messageId, lost ? { state: "waiting" } : { state: "refused", problem: problemOf(error) });
    if (lost) sendLater();
  }
}

function settle(messageId: string, to: Pick<OutItem, "state" | "problem">): void {
  change(items.map((item) => (item.messageId === messageId && item.state !== to.state ? { ...item, ...to } : item)));
}

function sendLater(): void {
  timer ??= setTimeout(flush, RETRY_MS);
}

async function call(item: OutItem): Promise<readonly Message[]> {
  const { messageId, conversationId, text } = item;
  const fileIds = item.files.map((file) => file.fileId);
  if (item.kind === "note") {
    const { message } = await conversations.addNote({ messageId, conversationId, text, mentionEmployeeIds: [...item.mentions], fileIds });
    return message ? [message] : [];
  }
  const letter = item.letter && (await (await import("./letters/write/deliver.ts")).headOf(item.letter));
  const notBefore = item.notBefore ? timestamp(item.notBefore) : undefined;
  const said = item.template ? { template: { ...item.template, values: [...item.template.values] } } : { text };
  const { messages } = await conversations.sendMessage({ messageId, conversationId, ...said, fileIds, replyToMessageId: item.replyTo, notBefore, ...(item.notAfter && { notAfter: timestamp(item.notAfter) }), ...(letter && { letter }) });
  return messages;
}

function change(to: readonly OutItem[]): void {
  const before = new Map(items.map((item) => [item.messageId, item]));
  // What another tab has ended does not come back because it was known here.
  items = to.filter(({ messageId }) => !before.has(messageId) || !store.isGone(messageId));
  for (const item of items) if (before.get(item.messageId) !== item) store.keep(item);
  for (const { messageId } of items) before.delete(messageId);
  for (const messageId of before.keys()) store.drop(messageId);
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

keepPage(() => items.some((item) => !store.holds(item.messageId)));
onLiveState(() => {
  if (liveState() === "connected") flush();
});
