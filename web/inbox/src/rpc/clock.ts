import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useSyncExternalStore } from "react";

// The server's time comes with each event; deadlines never trust the clock of this machine.
let aheadMs = 0;

/** Learns how far the server's clock is from ours. */
export function learnServerTime(server: Timestamp | undefined, received: number = Date.now()): void {
  if (server) aheadMs = millis(server) - received;
}

/** The server's time now, in milliseconds. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** Milliseconds of a timestamp; 0 when it is absent. */
export function millis(at: Timestamp | undefined): number {
  return at ? Number(at.seconds) * 1000 + Math.floor(at.nanos / 1_000_000) : 0;
}

export function timestamp(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

const tickers = new Set<() => void>();
let second = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.visibilityState === "hidden") return;
  second = serverNow();
  for (const tell of tickers) tell();
}

function subscribe(tell: () => void): () => void {
  tickers.add(tell);
  timer ??= setInterval(tick, 1000);
  return () => {
    tickers.delete(tell);
    if (tickers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/**
 * The server's time rounded down to `stepMs`, on the page's one ticker: a component that shows minutes
 * is drawn once a minute.
 */
export function useNow(stepMs: number): number {
  return useSyncExternalStore(subscribe, () => {
    const now = second && timer ? second : serverNow();
    return Math.floor(now / stepMs) * stepMs;
  });
}
