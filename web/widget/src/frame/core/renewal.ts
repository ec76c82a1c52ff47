import type { File, Message } from "../../shared/protocol.ts";

const AGAIN_MS = 3_600_000;

/** Links are signed and run out: asks for the history around one again. A question at a time, each file once an hour: a file may be spoiled. */
export class Renewal {
  readonly #dead = new Map<string, string>();
  readonly #asked = new Map<string, number>();
  #busy = false;

  /** `ask`: for the messages before this one, or for the newest; false: there is no line. */
  constructor(
    readonly messages: () => readonly Message[],
    readonly ask: (before?: string) => boolean,
  ) {}

  /** Nothing was there. */
  want({ id, url }: File): void {
    if (Date.now() - (this.#asked.get(id) ?? 0) < AGAIN_MS) return;
    this.#dead.set(id, url);
    this.#next();
  }

  /** A page has come in, or there is a line again. */
  answered(): void {
    this.#busy = false;
    this.#next();
  }

  #next(): void {
    if (this.#busy || this.#dead.size === 0) return;
    const list = this.messages();
    const at = list.findLastIndex(({ files }) => files.some((file) => this.#waits(file)));
    // The others have a new one already, or are gone.
    if (at < 0) return this.#dead.clear();
    this.#busy = this.ask(list.slice(at + 1).find(({ id, client }) => id !== client)?.id);
    if (!this.#busy) return;
    for (const { id } of list[at]?.files ?? []) if (this.#dead.delete(id)) this.#asked.set(id, Date.now());
  }

  #waits({ id, url }: File): boolean {
    return this.#dead.get(id) === url;
  }
}
