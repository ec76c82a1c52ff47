import type { Store } from "./store.ts";
import { uuid } from "./uuid.ts";

const KEY = "tabs";

/**
 * The tabs with one storage, which are those that may share a line. The browser gives locks and channels to all frames of one site, while
 * token and outbox lie on the host's origin: by a random id kept there tabs find those who see the same. Where nothing is kept each has
 * an id of its own, and leads for itself.
 */
export class Circle {
  #id: string | undefined;

  /** `home`: the origin on which things are kept. */
  constructor(
    readonly store: Store,
    readonly account: string,
    readonly home: string,
  ) {}

  /** Of the lock and the channel. The first call settles the id: nothing is kept of who never opens the chat. */
  name(): string {
    if (!this.#id) {
      this.#id = this.store.get(KEY) ?? uuid();
      this.store.set(KEY, this.#id);
    }
    return `okno.${this.account}.${this.home}.${this.#id}`;
  }

  /** Another tab has settled an id at the same time: the smaller one is everybody's. True: ours is another now. */
  heard(key: string, value: string | null): boolean {
    if (key !== KEY || !value || !this.#id || value === this.#id) return false;
    const moved = value < this.#id;
    if (moved) this.#id = value;
    else this.store.set(KEY, this.#id);
    return moved;
  }
}
