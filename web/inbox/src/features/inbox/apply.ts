import type { QueryClient } from "@tanstack/react-query";
import type { Conversation, Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { cachedLists, cachedThreads, keys, type ListData, rowsOf, type ThreadData } from "./cache.ts";
import type { ListFilter } from "./filter.ts";
import { touchMessages, touchRows } from "./late.ts";
import { belongs, compare, joins } from "./views.ts";

// One function per kind of news. Each is idempotent: a second run of the same news changes nothing, and an
// older revision never overwrites a newer one. A list is never fetched again because one row changed.

export type ConversationNews = {
  /** What was asked for; what was asked and did not come has left our sight. */
  asked: readonly string[];
  rows: readonly Conversation[];
  /** Conversations in which this reader was just mentioned. */
  mentioned?: ReadonlySet<string>;
  /** The rows are the server's answer to this very list. */
  listed?: true;
};

export function applyConversations(client: QueryClient, me: string, news: ConversationNews): void {
  touchRows(client, [...news.asked, ...news.rows.map((row) => row.conversationId)]);
  for (const { filter, data } of cachedLists(client)) {
    const next = data && patchList(data, filter, me, news);
    if (next && next !== data) client.setQueryData<ListData>(keys.list(filter), next);
  }
  const gone = goneIds(news);
  for (const row of news.rows) {
    client.setQueryData<Conversation | null>(keys.conversation(row.conversationId), (known) => (isNewer(known, row) ? row : known));
    for (const merged of row.mergedIds) replaceCached(client, merged, row);
  }
  for (const id of gone) replaceCached(client, id, null);
}

/** Changes some fields of a row wherever it stands, before the server has said so. */
export function patchConversation(client: QueryClient, me: string, id: string, change: (row: Conversation) => Conversation): void {
  touchRows(client, [id]);
  client.setQueryData<Conversation | null>(keys.conversation(id), (row) => (row ? change(row) : row));
  for (const { filter, data } of cachedLists(client)) {
    const row = data && rowsOf(data).find((found) => found.conversationId === id);
    if (row) client.setQueryData<ListData>(keys.list(filter), patchList(data, filter, me, { asked: [id], rows: [change(row)] }));
  }
}

export function patchList(data: ListData, filter: ListFilter, me: string, news: ConversationNews): ListData {
  const gone = goneIds(news);
  for (const row of news.rows) for (const merged of row.mergedIds) gone.add(merged);
  const fresh = new Map(news.rows.map((row) => [row.conversationId, row]));
  let changed = false;

  const pages = data.pages.map((page) => {
    const kept = page.conversations.flatMap((known) => {
      const next = fresh.get(known.conversationId);
      fresh.delete(known.conversationId);
      if (gone.has(known.conversationId)) return [];
      if (!next || !isNewer(known, next)) return [known];
      return belongs(filter, next, me) === "no" ? [] : [next];
    });
    const same = kept.length === page.conversations.length && kept.every((row, index) => row === page.conversations[index]);
    if (same) return page;
    changed = true;
    return { ...page, conversations: kept };
  });

  const added = [...fresh.values()].filter((row) => isWanted(filter, row, me, news) && isWithin(data, filter, row));
  if (!changed && added.length === 0) return data;
  const [first, ...rest] = pages;
  return first ? { ...data, pages: [{ ...first, conversations: [...added, ...first.conversations] }, ...rest] } : data;
}

/**
 * When the page asked for a message. Messages carry no revision, so of two answers the one that was asked for
 * later wins, and a state that the page made itself gives way to any answer.
 */
const askedAt = new Map<string, number>();
const REMEMBERED = 5_000;

export function applyMessages(client: QueryClient, messages: readonly Message[], asked: number = performance.now()): void {
  const fresh = messages.filter((message) => (askedAt.get(message.messageId) ?? 0) <= asked);
  if (askedAt.size > REMEMBERED) askedAt.clear();
  for (const message of fresh) askedAt.set(message.messageId, asked);
  for (const conversationId of new Set(fresh.map((message) => message.conversationId))) {
    const own = fresh.filter((message) => message.conversationId === conversationId);
    touchMessages(client, conversationId, own.map((message) => message.messageId));
    for (const [key, data] of cachedThreads(client, conversationId)) {
      const next = data && patchThread(data, own);
      if (next && next !== data) client.setQueryData<ThreadData>(key, next);
    }
  }
}

export function patchThread(data: ThreadData, messages: readonly Message[]): ThreadData {
  const fresh = new Map(messages.map((message) => [message.messageId, message]));
  let changed = false;
  const pages = data.pages.map((page) => {
    if (!page.messages.some((known) => fresh.has(known.messageId))) return page;
    changed = true;
    return {
      ...page,
      messages: page.messages.map((known) => {
        const next = fresh.get(known.messageId) ?? known;
        fresh.delete(known.messageId);
        return next;
      }),
    };
  });
  // What is newer than the loaded stretch comes when the reader scrolls there.
  const last = pages.at(-1);
  const atEnd = last?.afterToken === "" && fresh.size > 0;
  if (last && atEnd) pages[pages.length - 1] = { ...last, messages: [...last.messages, ...fresh.values()] };
  return changed || atEnd ? { ...data, pages } : data;
}

function isNewer(known: Conversation | null | undefined, next: Conversation): boolean {
  // Unread and drafts belong to the reader and do not move the revision: equal ones are taken.
  return !known || known.revision <= next.revision;
}

function goneIds(news: ConversationNews): Set<string> {
  const came = new Set(news.rows.flatMap((row) => [row.conversationId, ...row.mergedIds]));
  return new Set(news.asked.filter((id) => !came.has(id)));
}

function isWanted(filter: ListFilter, row: Conversation, me: string, news: ConversationNews): boolean {
  if (news.listed) return true;
  const place = belongs(filter, row, me);
  if (joins(filter, row) !== "yes") return false;
  if (place !== "unknown") return place === "yes";
  return filter.view === "mentions" && !filter.query && (news.mentioned?.has(row.conversationId) ?? false);
}

/** Rows that may belong into a list and are not there, of which only the server can tell. */
export function unsureOf(data: ListData, filter: ListFilter, me: string, rows: readonly Conversation[]): Conversation[] {
  const there = new Set(rowsOf(data).map((row) => row.conversationId));
  return rows.filter((row) => !there.has(row.conversationId) && belongs(filter, row, me) === "yes" && joins(filter, row) === "unknown" && isWithin(data, filter, row));
}

/** Does the row fall into the loaded stretch, so that no page that is yet to come brings it? */
function isWithin(data: ListData, filter: ListFilter, row: Conversation): boolean {
  if (!data.pages.at(-1)?.nextPageToken) return true;
  const last = rowsOf(data).reduce<Conversation | undefined>((a, b) => (a && compare(filter.order, a, b) > 0 ? a : b), undefined);
  return !last || compare(filter.order, row, last) < 0;
}

function replaceCached(client: QueryClient, id: string, by: Conversation | null): void {
  client.setQueryData<Conversation | null>(keys.conversation(id), (known) => (known === undefined ? known : by));
}
