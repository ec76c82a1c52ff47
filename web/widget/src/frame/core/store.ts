import type { Items } from "../../shared/envelope.ts";

/** Where the frame keeps what must outlive it: small strings by key. A write is seen by the other tabs, not by the writer's listeners. */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string | null): void;
  keys(prefix: string): string[];
  /** Tells of changes made in another tab. */
  watch(tell: (key: string, value: string | null) => void): void;
}

/** Kept by the loader on the site's own origin: storage of a frame inside a foreign site is blocked or thrown away by many browsers. */
export class LoaderStore implements Store {
  readonly #items: Map<string, string>;
  readonly #save: (key: string, value: string | null) => void;
  #tell: (key: string, value: string | null) => void = () => undefined;

  constructor(items: Items, save: (key: string, value: string | null) => void) {
    this.#items = new Map(Object.entries(items));
    this.#save = save;
  }

  get(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  set(key: string, value: string | null): void {
    if (this.get(key) === value) return;
    this.#put(key, value);
    this.#save(key, value);
  }

  keys(prefix: string): string[] {
    return [...this.#items.keys()].filter((key) => key.startsWith(prefix));
  }

  watch(tell: (key: string, value: string | null) => void): void {
    this.#tell = tell;
  }

  /** Another tab has changed a value. */
  changed(key: string, value: string | null): void {
    this.#put(key, value);
    this.#tell(key, value);
  }

  #put(key: string, value: string | null): void {
    if (value === null) this.#items.delete(key);
    else this.#items.set(key, value);
  }
}

/** A page of its own keeps things itself; in memory where even that is closed. */
export function pageStore(account: string): LoaderStore {
  const prefix = `okno.${account}.`;
  const items: Items = {};
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) items[key.slice(prefix.length)] = localStorage.getItem(key) ?? "";
  } catch {
    // Closed: this visit only.
  }
  const store = new LoaderStore(items, (key, value) => {
    try {
      if (value === null) localStorage.removeItem(prefix + key);
      else localStorage.setItem(prefix + key, value);
    } catch {
      // Closed or full: the memory has it.
    }
  });
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(prefix)) store.changed(event.key.slice(prefix.length), event.newValue);
  });
  return store;
}
