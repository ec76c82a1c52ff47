import type { ClientFrame, Hello, ServerFrame } from "../../shared/protocol.ts";

export type Closed = { code: number; retry_ms?: number };

/** What a transport tells. `closed` comes once, and nothing after it. */
export type Ears = { frame: (frame: ServerFrame) => void; closed: (why: Closed) => void };

export interface Transport {
  send(frames: readonly ClientFrame[]): void;
  close(): void;
}

export type Open = (hello: Hello, ears: Ears) => Transport;

/** A frame of the server, or nothing where it is none. */
export function frameOf(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "t" in frame && typeof frame.t === "string" ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
