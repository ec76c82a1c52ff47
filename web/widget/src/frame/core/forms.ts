import type { Config } from "../../shared/config.ts";
import type { FormValue } from "../../shared/protocol.ts";
import { onServer } from "./clock.ts";
import type { Store } from "./store.ts";

export type Standing = { introduced: boolean; agreed: boolean };

/** What the visitor says about themselves before the first message, what the site adds, and the consent to both. */
export class Forms {
  #site: Record<string, string> = {};

  constructor(
    readonly store: Store,
    readonly config: Config,
  ) {}

  standing(): Standing {
    return { introduced: this.config.prechat.mode === "off" || this.store.get("form.done") !== null, agreed: this.config.consent.mode === "off" || this.agreement() !== undefined };
  }

  /** Filled in, or skipped where there is nothing in it. The values go with the next message. */
  fill(values: FormValue[]): void {
    this.store.set("form.values", JSON.stringify(values.filter(({ value }) => value !== "")));
    this.store.set("form.done", "1");
  }

  /** The site knows these of itself: claims, as if typed in. */
  add(fields: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(fields)) this.#site[name.slice(0, 64)] = String(value).slice(0, 1000);
  }

  known(name: string): string {
    return this.#site[name] ?? "";
  }

  /** What goes with the message that is written now: each value once. */
  take(): FormValue[] | undefined {
    const kept = parse(this.store.get("form.values"));
    const values = Array.isArray(kept) ? kept.filter(isValue) : [];
    const typed = new Set(values.map(({ name }) => name));
    const added = Object.entries(this.#site).filter(([name]) => !typed.has(name)).map(([name, value]) => ({ name, title: name, value }));
    const sent = this.store.get("form.site");
    const now = JSON.stringify(this.#site);
    const form = [...values, ...(sent === now ? [] : added)].slice(0, 50);
    this.store.set("form.values", null);
    if (added.length > 0) this.store.set("form.site", now);
    return form.length > 0 ? form : undefined;
  }

  agree(yes: boolean): void {
    this.store.set("consent", yes ? JSON.stringify({ version: this.config.consent.version, at: Date.now() }) : null);
  }

  /** In the server's time, `skew` ms ahead of this browser's. A consent to an older text is none. */
  agreement(skew = 0): { version: string; at: number } | undefined {
    const { version, at } = (parse(this.store.get("consent")) ?? {}) as { version?: unknown; at?: unknown };
    return version === this.config.consent.version && typeof at === "number" ? { version: this.config.consent.version, at: onServer(at, skew) } : undefined;
  }

  clear(): void {
    this.#site = {};
  }
}

/** What another version or a hand has spoiled is as if it were not there. */
function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

function isValue(kept: unknown): kept is FormValue {
  const value = kept as Partial<FormValue> | null;
  return typeof value?.name === "string" && typeof value.title === "string" && typeof value.value === "string";
}
