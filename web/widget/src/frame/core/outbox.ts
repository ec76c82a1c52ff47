import type { Msg, Uploaded } from "../../shared/protocol.ts";
import { impossible, onServer } from "./clock.ts";
import { uuid } from "./uuid.ts";
import type { Store } from "./store.ts";

/**
 * A message of the visitor's that the server has not confirmed. `files` is what `msg.files` names, to be shown meanwhile. `dated`: `msg.at` is
 * the server's time; false: still this browser's.
 */
export type Entry = { msg: Msg; files: Uploaded[]; failed?: string; dated?: boolean };

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

  /** `skew`: how far the server's clock is ahead of `here`, in ms; absent: not known yet. */
  add(draft: Omit<Msg, "t" | "id" | "n" | "at">, files: Uploaded[], skew?: number, here = Date.now()): Entry {
    const n = Number(this.store.get("n") ?? 0) + 1;
    this.store.set("n", String(n));
    const entry: Entry = { msg: { t: "msg", id: uuid(), n, at: onServer(here, skew ?? 0, here), ...draft }, files, dated: skew !== undefined };
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

  /**
   * Gives it the server's time before it goes. A message that has gone keeps the time it went with, by which the server knows it again; but for
   * one that was never taken, since it came from the future.
   */
  date(entry: Entry, skew?: number, here = Date.now()): Entry {
    if (skew === undefined) return entry;
    if (entry.dated !== false && !impossible(entry.msg.at, skew, here)) return entry;
    const made = { ...entry, dated: true, msg: { ...entry.msg, at: onServer(entry.dated === false ? entry.msg.at : here, skew, here) } };
    this.put(made);
    return made;
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
