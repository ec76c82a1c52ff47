import type { ClientFrame, Hello, ServerFrame } from "../../shared/protocol.ts";
import { backoff } from "./backoff.ts";
import type { Closed, Open, Transport } from "./transport.ts";

/** `waiting`: a next try is set; `refused`: the server does not want us, and trying again would not help. */
export type Status = "idle" | "connecting" | "online" | "waiting" | "refused";

export type Wires = {
  /** In the order in which they are tried: the next after two failures, the first again after a stable minute on another. */
  ways: readonly Open[];
  hello: () => Hello;
  frame: (frame: ServerFrame) => void;
  status: (status: Status) => void;
  /** The token is no good. */
  unknown: () => void;
};

const WELCOME_MS = 10_000;
const SILENCE_MS = 60_000;
const STABLE_MS = 60_000;
const BAD_TOKEN = 4401;
const WRONG_ORIGIN = 4403;
const RATE_MS = 10_000;

/** Holds one line to the server and makes a new one whenever it breaks. */
export class Connection {
  status: Status = "idle";
  /** It goes by stream and posts: the posts know no `hello`, and the stream stays whose it was opened as. */
  streaming = false;
  #line: Transport | undefined;
  #attempt = 0;
  #failures = 0;
  #way = 0;
  #online = 0;
  /** Which line is ours: what an older one still says is not listened to. */
  #try = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly wires: Wires) {}

  start(): void {
    if (this.status === "idle" || this.status === "refused") this.#connect();
  }

  stop(): void {
    this.#settle();
    this.#drop();
    this.#say("idle");
  }

  /** Now instead of when the timer says: the network is back, or somebody looks. */
  hurry(): void {
    if (this.status !== "waiting") return;
    this.#attempt = 0;
    this.#connect();
  }

  /** The network is gone: does not wait for the line to notice. */
  lost(): void {
    if (this.#line) this.#again({ code: 1006 });
  }

  /** Anew, with another `hello`. */
  restart(): void {
    if (this.status === "idle") return;
    this.#drop();
    this.#connect();
  }

  /** Says whether there is a line; what is said without one is lost. */
  send(...frames: ClientFrame[]): boolean {
    if (this.status !== "online") return false;
    this.#line?.send(frames);
    return true;
  }

  #connect(): void {
    this.#drop();
    this.#say("connecting");
    this.#wait(WELCOME_MS);
    const mine = ++this.#try;
    const way = this.#way % this.wires.ways.length;
    this.streaming = way > 0;
    try {
      this.#line = this.wires.ways[way]?.(this.wires.hello(), {
        frame: (frame) => mine === this.#try && this.#heard(frame),
        closed: (why) => mine === this.#try && this.#again(why),
      });
    } catch {
      // The browser or its policy forbids this way altogether.
      this.#again({ code: 1006 });
    }
  }

  #heard(frame: ServerFrame): void {
    this.#wait(SILENCE_MS);
    if (frame.t === "welcome" && this.status !== "online") {
      this.#failures = 0;
      this.#online = Date.now();
      this.#say("online");
    }
    this.wires.frame(frame);
  }

  /** Without a word for so long the line is dead. */
  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again({ code: 1006 }), ms);
  }

  #again({ code, retry_ms }: Closed): void {
    const wasOnline = this.status === "online";
    this.#settle();
    this.#drop();
    if (code === WRONG_ORIGIN) return this.#say("refused");
    if (code === BAD_TOKEN) this.wires.unknown();
    if (!wasOnline && code !== 1012 && ++this.#failures % 2 === 0) this.#way += 1;
    const wait = retry_ms ?? (code === 4429 ? RATE_MS : 0) + backoff(this.#attempt++);
    this.#say("waiting");
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  /** Of a line that held for a while: the server is well, and may only have been restarting when the first way failed. */
  #settle(): void {
    if (this.status !== "online" || Date.now() - this.#online < STABLE_MS) return;
    this.#attempt = 0;
    if (this.#way % this.wires.ways.length === 0) return;
    this.#way = 0;
    // Once is enough: the way that held is known.
    this.#failures = 1;
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#try += 1;
    this.#line?.close();
    this.#line = undefined;
  }

  #say(status: Status): void {
    this.status = status;
    this.wires.status(status);
  }
}
