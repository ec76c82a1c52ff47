import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { isLost } from "../../rpc/errors.ts";
import type { LiveMessage } from "../../rpc/live/hub.ts";
import { factOf, type Told } from "./facts.ts";

const COLLECT_MS = 250;
const RETRY_MS = 3_000;
const AT_MOST = 200;
/** So long a tab that does not lead keeps what it has heard, for the case that the leading one closes. */
const KEPT_MS = 10_000;
const KEPT_MOST = 1_000;

type Parts = {
  me: () => Employee | undefined;
  isLead: () => boolean;
  tell: (facts: readonly Told[]) => void;
  /** Lets the other tabs know that these messages need nobody any more. */
  say: (messageIds: readonly string[]) => void;
};

type Heard = { conversationId: string; messageIds: readonly string[]; at: number };

/**
 * Hears the live feed in every tab. The one that leads asks for what may ring, in one call for a burst; should it close
 * before it has told, the next to lead has heard the same.
 */
export class NoticeFeed {
  #parts: Parts;
  #heard: Heard[] = [];
  #told = new Set<string>();
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
    if (what.case !== "event" || what.value.what.case !== "conversationChanged") return;
    const me = this.#parts.me()?.employeeId ?? "";
    const { conversationId, messageIds, inbound, requestId, assigneeEmployeeId, mentionEmployeeIds } = what.value.what.value;
    // A request that a rule gives comes with its message; what people give has a line of its own.
    if (!inbound && !mentionEmployeeIds.includes(me) && !(requestId && assigneeEmployeeId === me)) return;
    if (messageIds.length > 0) this.#keep([{ conversationId, messageIds: messageIds.slice(-AT_MOST), at: Date.now() }]);
  }

  /** This tab leads from now on: what the one before has not told is this one's to tell. */
  lead(): void {
    if (this.#heard.length > 0) this.#askIn(COLLECT_MS);
  }

  /** Another tab has seen to these. */
  hearTold(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#told.add(id);
    for (const id of [...this.#told].slice(0, -KEPT_MOST)) this.#told.delete(id);
  }

  #keep(heard: readonly Heard[]): void {
    this.#heard = [...this.#heard, ...heard].slice(-KEPT_MOST);
    this.#askIn(COLLECT_MS);
  }

  #askIn(ms: number): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    this.#timer = undefined;
    this.#heard = this.#heard.filter(({ messageIds }) => !messageIds.every((id) => this.#told.has(id)));
    if (!this.#parts.isLead()) this.#heard = this.#heard.filter(({ at }) => Date.now() - at < KEPT_MS);
    else if (this.#heard.length > 0) await this.#tell(this.#take());
  }

  async #tell(burst: readonly Heard[]): Promise<void> {
    try {
      const facts = await this.#factsOf(burst);
      if (this.#stopped) return;
      // Another tab was touched meanwhile, and tells.
      if (!this.#parts.isLead()) return this.#keep(burst);
      const ids = burst.flatMap(({ messageIds }) => messageIds);
      this.hearTold(ids);
      this.#parts.say(ids);
      this.#parts.tell(facts);
    } catch (error) {
      if (isLost(error)) this.#heard = [...burst, ...this.#heard].slice(-KEPT_MOST);
    }
    if (this.#heard.length > 0) this.#askIn(RETRY_MS);
  }

  async #factsOf(burst: readonly Heard[]): Promise<Told[]> {
    const rows = [...new Set(burst.map(({ conversationId }) => conversationId))];
    const asked = [...new Set(burst.flatMap(({ messageIds }) => messageIds))].filter((id) => !this.#told.has(id));
    const [foundRows, { messages }] = await Promise.all([
      conversations.batchGetConversations({ conversationIds: rows, inPassing: true }),
      conversations.batchGetMessages({ messageIds: asked, inPassing: true }),
    ]);
    const me = this.#parts.me();
    const byId = new Map(foundRows.conversations.map((row) => [row.conversationId, row]));
    return messages.flatMap((message) => {
      const row = byId.get(message.conversationId);
      return (row && me && factOf(message, row, me)) ?? [];
    });
  }

  /** As many as one call bears. */
  #take(): Heard[] {
    let ids = 0;
    const first = this.#heard.findIndex(({ messageIds }) => (ids += messageIds.length) > AT_MOST);
    return this.#heard.splice(0, first === -1 ? this.#heard.length : Math.max(1, first));
  }
}
