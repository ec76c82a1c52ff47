import type { State } from "./state.ts";
import type { Store } from "./store.ts";

/** Holds the state, and tells whoever draws it of each change. A token that comes in is stored at once. */
export class Keeper {
  readonly #listeners = new Set<() => void>();

  constructor(
    public state: State,
    readonly store: Store,
  ) {}

  set(part: Partial<State>): void {
    const { token } = this.state;
    this.state = { ...this.state, ...part };
    if (this.state.token && this.state.token !== token) this.store.set("token", this.state.token);
    for (const tell of this.#listeners) tell();
  }

  subscribe(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }
}
