import type { QueryClient } from "@tanstack/react-query";
import type { Event } from "../../gen/okno/live/v1/event_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { isLost } from "../../rpc/errors.ts";
import type { LiveMessage } from "../../rpc/live/hub.ts";
import { askAnew } from "../../rpc/settle.ts";
import { applyConversations, applyMessages } from "./apply.ts";
import { cachedConversation, cachedThreads, keys } from "./cache.ts";
import { hearDraft } from "./drafts.ts";
import { onLate, touchMessages, touchRows } from "./late.ts";
import { hearTyping } from "./typing.ts";
import { askUnsure } from "./unsure.ts";
import { hearViewing } from "./viewing.ts";

const COLLECT_MS = 50;
const AT_MOST = 200;
const RETRY_MS = 3_000;
/** So often a question is put that the server refuses; then all is loaded anew. */
const TRIES = 3;
const COUNTS_EVERY_MS = 1_000;

/** Collects the ids that events name, asks for all of them in one call each, and applies the answers. */
export class InboxFeed {
  #client: QueryClient;
  #me: string;
  #rows = new Set<string>();
  #messages = new Set<string>();
  #mentioned = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #countsTimer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #refused = 0;
  #stopped = false;
  #off: () => void;

  constructor(client: QueryClient, me: string) {
    this.#client = client;
    this.#me = me;
    this.#off = onLate(client, ({ rows, messages }) => this.#again(rows, messages));
  }

  stop(): void {
    this.#stopped = true;
    this.#off();
    clearTimeout(this.#timer);
    clearTimeout(this.#countsTimer);
  }

  receive({ response, fresh }: LiveMessage): void {
    const { what } = response;
    if (what.case === "event") this.#hear(what.value);
    else if (what.case === "typing") hearTyping(what.value.conversationId, what.value.employeeId);
    else if (what.case === "viewing") hearViewing(what.value.conversationId, what.value.employeeId, what.value.left);
    else if (what.case === "reset" || (what.case === "hello" && fresh)) askAnew(this.#client, { queryKey: keys.all });
  }

  /** Asks anew for rows that this page has changed itself and is not sure of. */
  refresh(conversationId: string): void {
    this.#rows.add(conversationId);
    this.#schedule(0);
    this.#countSoon();
  }

  #hear({ what }: Event): void {
    switch (what.case) {
      case "conversationChanged": {
        const { conversationId, revision, messageIds, mentionEmployeeIds } = what.value;
        touchRows(this.#client, [conversationId]);
        touchMessages(this.#client, conversationId, messageIds);
        const known = cachedConversation(this.#client, conversationId);
        const mentioned = mentionEmployeeIds.includes(this.#me);
        if (!known || known.revision < revision || mentioned) this.#rows.add(conversationId);
        if (mentioned) this.#mentioned.add(conversationId);
        if (cachedThreads(this.#client, conversationId).length > 0) for (const id of messageIds) this.#messages.add(id);
        this.#countSoon();
        break;
      }
      case "readMarkChanged":
        touchRows(this.#client, [what.value.conversationId]);
        this.#rows.add(what.value.conversationId);
        this.#countSoon();
        break;
      case "draftChanged":
        touchRows(this.#client, [what.value.conversationId]);
        this.#rows.add(what.value.conversationId);
        hearDraft(what.value.conversationId, what.value.etag);
        break;
      default:
        return;
    }
    this.#schedule(COLLECT_MS);
  }

  #again(rows: Iterable<string>, messages: Iterable<string>, inMs = 0): void {
    for (const id of rows) this.#rows.add(id);
    for (const id of messages) this.#messages.add(id);
    this.#schedule(inMs);
  }

  #schedule(inMs: number): void {
    if (this.#asking || this.#stopped) return;
    this.#timer ??= setTimeout(() => void this.#ask(), inMs);
  }

  /** One question at a time: answers can not overtake each other. */
  async #ask(): Promise<void> {
    this.#timer = undefined;
    this.#asking = true;
    const rows = takeFrom(this.#rows);
    const messages = takeFrom(this.#messages);
    const started = performance.now();
    let pause = COLLECT_MS;
    try {
      const [foundRows, foundMessages] = await Promise.all([
        rows.length ? conversations.batchGetConversations({ conversationIds: rows, inPassing: true }) : undefined,
        messages.length ? conversations.batchGetMessages({ messageIds: messages, inPassing: true }) : undefined,
      ]);
      if (this.#stopped) return;
      if (foundMessages) applyMessages(this.#client, foundMessages.messages, started);
      if (foundRows) applyConversations(this.#client, this.#me, { asked: rows, rows: foundRows.conversations, mentioned: this.#mentioned });
      if (foundRows) await askUnsure(this.#client, this.#me, foundRows.conversations);
      for (const id of rows) this.#mentioned.delete(id);
      this.#refused = 0;
    } catch (error) {
      pause = RETRY_MS;
      if (isLost(error) || ++this.#refused < TRIES) this.#again(rows, messages, pause);
      else this.#giveUp(rows);
    } finally {
      this.#asking = false;
      if (this.#rows.size + this.#messages.size > 0) this.#schedule(pause);
    }
  }

  /** Of what these ids were about nothing is known any more: whatever is shown is loaded anew. */
  #giveUp(rows: readonly string[]): void {
    for (const id of rows) this.#mentioned.delete(id);
    this.#refused = 0;
    if (!this.#stopped) askAnew(this.#client, { queryKey: keys.all });
  }

  #countSoon(): void {
    this.#countsTimer ??= setTimeout(() => {
      this.#countsTimer = undefined;
      askAnew(this.#client, { queryKey: keys.counts });
    }, COUNTS_EVERY_MS);
  }
}

function takeFrom(ids: Set<string>): string[] {
  const taken = [...ids].slice(0, AT_MOST);
  for (const id of taken) ids.delete(id);
  return taken;
}

let current: InboxFeed | undefined;

/** Starts listening for one employee; returns what the page calls for each message, and how to stop. */
export function startInboxFeed(client: QueryClient, me: string): { receive: (message: LiveMessage) => void; stop: () => void } {
  const feed = new InboxFeed(client, me);
  current = feed;
  return { receive: (message) => feed.receive(message), stop: () => feed.stop() };
}

/** Asks the server for a row after an optimistic change has failed or is half known. */
export function refreshConversation(id: string): void {
  current?.refresh(id);
}
