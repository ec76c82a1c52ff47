import type { Message } from "../../shared/protocol.ts";
import type { Entry } from "./outbox.ts";

/** How the visitor's own message fares. */
export type Fate = "sending" | "sent" | "read" | "failed";
export type Shown = Message & { key: string; fate?: Fate; problem?: string };

/** Puts a message in by its id, or in place of the copy with its `client`; the newest word wins. Order is of `at`, then of `id`. */
export function put(list: readonly Message[], message: Message): Message[] {
  const rest = list.filter((one) => one.id !== message.id && !(message.client && one.client === message.client));
  return [...rest, message].sort(order);
}

export function putAll(list: readonly Message[], messages: readonly Message[]): Message[] {
  const ids = new Set(messages.map((one) => one.id));
  const clients = new Set(messages.map((one) => one.client).filter(Boolean));
  const rest = list.filter((one) => !ids.has(one.id) && !(one.client && clients.has(one.client)));
  return [...rest, ...messages].sort(order);
}

function order(a: Message, b: Message): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A message of the outbox that the server has just confirmed, until its own copy comes. */
export function confirmed({ msg, files }: Entry): Message {
  return {
    id: msg.id, client: msg.id, own: false, text: msg.text ?? "", at: msg.at, form: msg.form,
    files: files.map((file) => ({ id: file.upload, kind: file.kind, name: file.name, mime: file.mime, size: file.size, w: file.w, h: file.h, url: "" })),
  };
}

/** Messages up to `id` are read by the other side: staff's by the visitor (`own`), or the visitor's by staff. */
export function readUpTo(list: readonly Message[], id: string, own: boolean): Message[] {
  const last = list.find((one) => one.id === id || one.client === id);
  if (!last) return [...list];
  return list.map((one) => (one.own === own && !one.read && order(one, last) <= 0 ? { ...one, read: true } : one));
}

/** How many messages of staff's the visitor has not seen. */
export function unread(list: readonly Message[]): number {
  return list.filter((one) => one.own && !one.read).length;
}

/** The last message whose id is the server's: where to go on after a break. */
export function lastKnown(list: readonly Message[]): string | undefined {
  return list.findLast((one) => one.id !== one.client)?.id;
}

/** What is on screen: the server's messages, then what is on its way. What has arrived is never shown twice. */
export function shown(list: readonly Message[], out: readonly Entry[]): Shown[] {
  const there = new Set(list.map((one) => one.client).filter(Boolean));
  const waiting = out.filter(({ msg }) => !there.has(msg.id));
  return [
    ...list.map((one): Shown => ({ ...one, key: one.client ?? one.id, fate: one.own ? undefined : one.read ? "read" : "sent" })),
    ...waiting.map((entry): Shown => ({ ...confirmed(entry), key: entry.msg.id, fate: entry.failed ? "failed" : "sending", problem: entry.failed })),
  ];
}
