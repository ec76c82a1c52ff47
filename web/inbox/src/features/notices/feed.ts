import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { isLost } from "../../rpc/errors.ts";
import type { LiveMessage } from "../../rpc/live/hub.ts";
import { factOf, type Told } from "./facts.ts";

const COLLECT_MS = 250;
const RETRY_MS = 3_000;
const AT_MOST = 200;

type Parts = { me: () => Employee | undefined; isLead: () => boolean; tell: (facts: readonly Told[]) => void };

/** Hears the live feed and asks for what may ring: in the one tab that rings, in one call for a burst. */
export class NoticeFeed {
  #parts: Parts;
  #rows = new Set<string>();
  #messages = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  receive({ response }: LiveMessage): void {
    const { what } = response;
    if (what.case !== "event" || what.value.what.case !== "conversationChanged" || !this.#parts.isLead()) return;
    const me = this.#parts.me()?.employeeId ?? "";
    const { conversationId, messageIds, inbound, requestId, assigneeEmployeeId, mentionEmployeeIds } = what.value.what.value;
    // A request that a rule gives comes with its message; what people give has a line of its own.
    if (!inbound && !mentionEmployeeIds.includes(me) && !(requestId && assigneeEmployeeId === me)) return;
    this.#rows.add(conversationId);
    for (const id of messageIds) this.#messages.add(id);
    this.#timer ??= setTimeout(() => void this.#ask(), COLLECT_MS);
  }

  async #ask(): Promise<void> {
    this.#timer = undefined;
    const rows = takeFrom(this.#rows);
    const messages = takeFrom(this.#messages);
    try {
      const [foundRows, foundMessages] = await Promise.all([
        conversations.batchGetConversations({ conversationIds: rows }),
        messages.length > 0 ? conversations.batchGetMessages({ messageIds: messages }) : undefined,
      ]);
      const me = this.#parts.me();
      if (this.#stopped || !me) return;
      const byId = new Map(foundRows.conversations.map((row) => [row.conversationId, row]));
      const facts = (foundMessages?.messages ?? []).flatMap((message) => {
        const row = byId.get(message.conversationId);
        const fact = row && factOf(message, row, me);
        return fact ? [fact] : [];
      });
      this.#parts.tell(facts);
    } catch (error) {
      if (!isLost(error) || this.#stopped) return;
      for (const id of rows) this.#rows.add(id);
      for (const id of messages) this.#messages.add(id);
    }
    if (this.#rows.size + this.#messages.size > 0) this.#timer ??= setTimeout(() => void this.#ask(), RETRY_MS);
  }
}

function takeFrom(ids: Set<string>): string[] {
  const taken = [...ids].slice(0, AT_MOST);
  for (const id of taken) ids.delete(id);
  return taken;
}
