import { Code, ConnectError } from "@connectrpc/connect";
import { toBinary } from "@bufbuild/protobuf";
import { type WatchResponse, WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import type { FeedMessage, FeedState } from "./protocol.ts";

/** A beat comes every 15 s; after this long without a word the stream is taken for dead. */
const SILENCE_MS = 40_000;
const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;

export type FeedParts = {
  watch: (resumeToken: string, signal: AbortSignal) => AsyncIterable<WatchResponse>;
  emit: (message: FeedMessage) => void;
  random?: () => number;
};

/** Keeps one `Watch` stream open: resumes by token, pauses with jitter, notices silence. */
export class Feed {
  state: FeedState = "connecting";
  #parts: FeedParts;
  #token = "";
  #running: AbortController | undefined;
  #stream: AbortController | undefined;
  #wake: (() => void) | undefined;
  #heardAt = 0;
  #version = "";

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Starts at `token`, or now. A feed that runs already goes on. */
  start(token = ""): void {
    if (this.#running) return;
    this.#token = token;
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  /** What somebody who joins now has to hear; nothing when the stream is yet to begin, for its hello tells them. */
  joined(): FeedMessage | undefined {
    return this.#running && this.#token !== "" ? { kind: "joined", version: this.#version } : undefined;
  }

  stop(): void {
    this.#running?.abort();
    this.#stream?.abort();
    this.#wake?.();
    this.#running = undefined;
  }

  /** Ends a pause at once, and drops a stream that has been silent for longer than a beat. */
  poke(): void {
    this.#wake?.();
    if (Date.now() - this.#heardAt > SILENCE_MS / 2) this.#stream?.abort();
  }

  async #run(stop: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!stop.aborted) {
      const before = this.#heardAt;
      const end = await this.#follow(stop);
      if (stop.aborted) return;
      if (end === "signed-out") {
        this.#running = undefined;
        this.#become("signed-out");
        return;
      }
      attempt = this.#heardAt > before ? 0 : attempt + 1;
      this.#become("away");
      await this.#pause(attempt);
    }
  }

  /** One stream, until it ends. */
  async #follow(stop: AbortSignal): Promise<"ended" | "signed-out"> {
    const fresh = this.#token === "";
    const stream = new AbortController();
    this.#stream = stream;
    let silence = setTimeout(() => stream.abort(), SILENCE_MS);
    try {
      for await (const response of this.#parts.watch(this.#token, stream.signal)) {
        clearTimeout(silence);
        if (stop.aborted) break;
        silence = setTimeout(() => stream.abort(), SILENCE_MS);
        this.#heardAt = Date.now();
        this.#token = response.resumeToken || this.#token;
        if (response.what.case === "hello") this.#version = response.what.value.version;
        this.#become("connected");
        this.#parts.emit({ kind: "response", bytes: toBinary(WatchResponseSchema, response), fresh });
      }
    } catch (error) {
      if (ConnectError.from(error).code === Code.Unauthenticated) return "signed-out";
    } finally {
      clearTimeout(silence);
    }
    return "ended";
  }

  #pause(attempt: number): Promise<void> {
    const longest = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** attempt);
    const pause = PAUSE_MIN_MS + (this.#parts.random ?? Math.random)() * (longest - PAUSE_MIN_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #become(state: FeedState): void {
    if (this.state === state) return;
    this.state = state;
    this.#parts.emit({ kind: "state", state });
  }
}
