import type { ClientFrame } from "../../shared/protocol.ts";
import type { Outbox } from "./outbox.ts";

export type Road = {
  /** False: there is no line. */
  send: (frame: ClientFrame) => boolean;
  /** The visitor has a token. */
  known: () => boolean;
  start: () => ClientFrame;
  /** How far the server's clock is ahead of this browser's, in ms. */
  skew: () => number | undefined;
};

const ACK_MS = 20_000;
const RETRY_MS = 2_000;

/** Brings the outbox to the server, one message at a time so that their order stays, each until it is confirmed. */
export class Delivery {
  #flying: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #starting = false;
  #wanted = false;

  constructor(
    readonly outbox: Outbox,
    readonly road: Road,
  ) {}

  /** Something is to be sent, or there is a line again. */
  kick(): void {
    if (this.#flying || this.#timer) return;
    const next = this.outbox.list().find(({ failed }) => !failed);
    if (!next && !this.#wanted) return;
    if (!this.road.known()) return this.#start();
    this.#wanted = false;
    if (!next || !this.road.send(this.outbox.date(next, this.road.skew()).msg)) return;
    this.#flying = next.msg.id;
    this.#later(ACK_MS);
  }

  /** A token is needed before anything was written: a file is on its way. */
  want(): void {
    this.#wanted = true;
    this.kick();
  }

  /** The line broke, or is a new one: what was under way is not known to have arrived. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#flying = undefined;
    this.#starting = false;
  }

  started(): void {
    this.reset();
    this.kick();
  }

  ack(id: string): void {
    this.outbox.remove(id);
    this.#landed(id);
  }

  nack(id: string, code: string, retry_ms?: number): void {
    if (retry_ms === undefined) {
      this.outbox.fail(id, code);
      return this.#landed(id);
    }
    if (this.#flying !== id) return;
    this.reset();
    this.#later(retry_ms || RETRY_MS);
  }

  #landed(id: string): void {
    if (this.#flying && this.#flying !== id) return;
    this.reset();
    this.kick();
  }

  #start(): void {
    if (this.#starting || !this.road.send(this.road.start())) return;
    this.#starting = true;
    this.#later(ACK_MS);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.reset();
      this.kick();
    }, ms);
  }
}
