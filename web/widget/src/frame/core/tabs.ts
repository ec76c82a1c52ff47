export type Roles = {
  /** Of the lock and the channel; asked when they are needed. */
  name: () => string;
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

  constructor(readonly roles: Roles) {}

  get joined(): boolean {
    return this.leading || !!this.#cancel;
  }

  /** Asks for the lead. */
  join(): void {
    if (this.joined) return;
    this.#open();
    if (!this.#channel || !navigator.locks) return this.#lead();
    const cancel = new AbortController();
    const held = (): Promise<void> | undefined => {
      if (cancel.signal.aborted) return undefined;
      return new Promise((release) => {
        this.#release = release;
        this.#lead();
      });
    };
    this.#cancel = cancel;
    navigator.locks.request(this.roles.name(), { signal: cancel.signal }, held).catch((error: unknown) => {
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

  /** Leaves those of the former name, and what they say is not heard any more. */
  move(): void {
    this.leave();
    this.#channel?.close();
    this.#channel = undefined;
  }

  post(message: unknown): void {
    this.#channel?.postMessage(message);
  }

  #open(): void {
    try {
      this.#channel ??= new BroadcastChannel(this.roles.name());
      this.#channel.onmessage = ({ data }) => this.roles.heard(data);
    } catch {
      // No channel, no lock either.
    }
  }

  #lead(): void {
    this.leading = true;
    this.roles.lead();
  }
}
