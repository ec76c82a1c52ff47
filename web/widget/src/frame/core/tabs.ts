export type Roles = {
  /** This tab holds the line now. */
  lead: () => void;
  /** Another one may hold it. */
  follow: () => void;
  heard: (message: unknown) => void;
};

/** Of all tabs with this chat one leads: the one with the lock. Where the browser gives no lock each is for itself. */
export class Tabs {
  leading = false;
  #channel: BroadcastChannel | undefined;
  #release: (() => void) | undefined;
  #cancel: AbortController | undefined;

  constructor(
    readonly name: string,
    readonly roles: Roles,
  ) {
    try {
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }) => roles.heard(data);
    } catch {
      // No channel, no lock either.
    }
  }

  /** Asks for the lead. */
  join(): void {
    if (this.leading || this.#cancel) return;
    if (!this.#channel || !navigator.locks) return this.#lead();
    this.#cancel = new AbortController();
    const held = (): Promise<void> =>
      new Promise((release) => {
        this.#release = release;
        this.#lead();
      });
    navigator.locks.request(this.name, { signal: this.#cancel.signal }, held).catch((error: unknown) => {
      // Storage that is closed closes the locks as well.
      if (!(error instanceof DOMException && error.name === "AbortError")) this.#lead();
    });
    this.roles.follow();
  }

  /** Lets another tab lead: nobody has looked at this one for long. */
  leave(): void {
    this.#cancel?.abort();
    this.#cancel = undefined;
    this.leading = false;
    this.#release?.();
    this.#release = undefined;
  }

  post(message: unknown): void {
    this.#channel?.postMessage(message);
  }

  #lead(): void {
    this.leading = true;
    this.roles.lead();
  }
}
