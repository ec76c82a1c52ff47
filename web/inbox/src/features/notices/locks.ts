// Web Locks between the tabs of a profile: they end with the tab that holds them, however it ends.

const LEAD = "okno-notices";
const OPEN = "okno-open ";

const locks = typeof navigator === "undefined" ? undefined : (navigator.locks as LockManager | undefined);

/**
 * Stands for being the one tab that rings. Whoever was touched last has it: there the browser lets sound out, and a
 * click on a notification leads where one worked.
 */
export class Lead {
  #held = false;
  #onLead = (): void => undefined;
  #inLine = false;
  #stop = new AbortController();

  /** `onLead` is called each time this tab begins to lead. */
  start(onLead: () => void): () => void {
    this.#onLead = onLead;
    const take = (): void => this.#claim({ steal: true });
    this.#claim({});
    addEventListener("pointerdown", take, { capture: true, passive: true, signal: this.#stop.signal });
    addEventListener("keydown", take, { capture: true, passive: true, signal: this.#stop.signal });
    return () => this.#stop.abort();
  }

  /** Without locks each tab is alone. */
  get held(): boolean {
    return this.#held || !locks;
  }

  #claim({ steal = false }: { steal?: boolean }): void {
    if (this.#held || this.#stop.signal.aborted || !locks || (this.#inLine && !steal)) return;
    if (steal) this.#held = true;
    else this.#inLine = true;
    const ended = new Promise<void>((resolve) => this.#stop.signal.addEventListener("abort", () => resolve()));
    const granted = (): Promise<void> => {
      this.#held = true;
      if (!steal) this.#inLine = false;
      this.#onLead();
      return ended;
    };
    locks.request(LEAD, steal ? { steal } : { signal: this.#stop.signal }, granted).catch(() => {
      // Another tab was touched: wait in line again.
      this.#held = false;
      if (!steal) this.#inLine = false;
      this.#claim({});
    });
  }
}

/** Says to all tabs that a conversation is open here and the tab can be seen; returns how to end it. */
export function holdOpen(conversationId: string): () => void {
  const stop = new AbortController();
  locks?.request(OPEN + conversationId, { mode: "shared", signal: stop.signal }, () => new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()))).catch(() => undefined);
  return () => stop.abort();
}

/** The conversations that are open in a tab that can be seen. */
export async function openOnes(): Promise<ReadonlySet<string>> {
  const held = (await locks?.query().catch(() => undefined))?.held ?? [];
  return new Set(held.flatMap(({ name }) => (name?.startsWith(OPEN) ? [name.slice(OPEN.length)] : [])));
}
