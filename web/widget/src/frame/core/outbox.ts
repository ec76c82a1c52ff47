import type { Msg, Uploaded } from "../../shared/protocol.ts";
import { uuid } from "./uuid.ts";
import type { Store } from "./store.ts";

/** A message of the visitor's that the server has not confirmed. `files` is what `msg.files` names, to be shown meanwhile. */
export type Entry = { msg: Msg; files: Uploaded[]; failed?: string };

const PREFIX = "out.";

/** Keeps what was written until the server has it for good. One key per message, so that two tabs never overwrite each other. */
export class Outbox {
  constructor(readonly store: Store) {}

  /** In the order of writing. */
  list(): Entry[] {
    return this.store
      .keys(PREFIX)
      .map((key) => parse(this.store.get(key)))
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.msg.n - b.msg.n || a.msg.at - b.msg.at || (a.msg.id < b.msg.id ? -1 : 1));
  }

  add(draft: Omit<Msg, "t" | "id" | "n" | "at">, files: Uploaded[], now = Date.now()): Entry {
    const n = Number(this.store.get("n") ?? 0) + 1;
    this.store.set("n", String(n));
    const entry: Entry = { msg: { t: "msg", id: uuid(), n, at: now, ...draft }, files };
    this.put(entry);
    return entry;
  }

  remove(id: string): Entry | undefined {
    const entry = parse(this.store.get(PREFIX + id));
    this.store.set(PREFIX + id, null);
    return entry;
  }

  /** The server will never take it. */
  fail(id: string, code: string): void {
    const entry = parse(this.store.get(PREFIX + id));
    if (entry) this.put({ ...entry, failed: code });
  }

  /** Once more, with the same id: nothing is doubled if the server had it after all. */
  retry(id: string): Entry | undefined {
    const entry = parse(this.store.get(PREFIX + id));
    if (entry) delete entry.failed;
    if (entry) this.put(entry);
    return entry;
  }

  /** As it is: it was written in another tab, or its fate has changed. */
  put(entry: Entry): void {
    this.store.set(PREFIX + entry.msg.id, JSON.stringify(entry));
  }
}

/** What another version or a hand has spoiled is left out rather than shown. */
function parse(text: string | null): Entry | undefined {
  if (!text) return undefined;
  try {
    const entry = JSON.parse(text) as Entry;
    return typeof entry.msg.id === "string" && typeof entry.msg.n === "number" ? { ...entry, files: entry.files ?? [] } : undefined;
  } catch {
    return undefined;
  }
}
