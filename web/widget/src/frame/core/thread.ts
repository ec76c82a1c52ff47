import type { Message, Told } from "../../shared/protocol.ts";
import type { Entry } from "./outbox.ts";

/** How the visitor's own message fares. */
export type Fate = "sending" | "sent" | "read" | "failed";
export type Shown = Message & { key: string; fate?: Fate; problem?: string };

/** Puts a message in by its id, or in place of the copy with its `client`. Order is of `at`, then of `id`. */
export function put(list: readonly Message[], told: Told): Message[] {
  return putAll(list, [told]);
}

export function putAll(list: readonly Message[], told: readonly Told[]): Message[] {
  return told.reduce<Message[]>(place, [...list]).sort(order);
}

/** Changes the list that `putAll` has made. */
function place(list: Message[], told: Told): Message[] {
  const at = list.findIndex((one) => (told.id !== undefined && one.id === told.id) || (told.client !== undefined && one.client === told.client));
  const made = merged(list[at], told);
  if (!made) return list;
  if (at < 0) list.push(made);
  else list[at] = made;
  return list;
}

/** The newest word wins; what it does not speak of stays. Nothing where it is a change of what is not here, or names nothing. */
function merged(old: Message | undefined, told: Told): Message | undefined {
  const id = told.id ?? old?.id ?? told.client;
  if (id === undefined || (!old && told.edited && told.at === undefined)) return undefined;
  const fresh = told.text !== undefined && told.text !== old?.text;
  return {
    text: "", at: Date.now(), ...old, ...told, id,
    // Another text has other spans, or none; its files are those of the message.
    spans: told.spans ?? (fresh ? undefined : old?.spans),
    files: told.files?.length ? told.files : (old?.files ?? []),
  };
}

function order(a: Message, b: Message): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A message of the outbox that the server has just confirmed, until its own copy comes. It stands where the server says that it was taken. */
export function confirmed({ msg, files }: Entry, at = msg.at): Message {
  return {
    id: msg.id, client: msg.id, own: false, text: msg.text ?? "", at, form: msg.form,
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
