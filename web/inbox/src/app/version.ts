import { useSyncExternalStore } from "react";

/** The page that is loaded, by the edge's name for it; "" while we do not know. */
let own = "";
let stale = false;
const listeners = new Set<() => void>();

/**
 * The edge names the page that it serves by a digest of index.html, which can not stand in index.html itself. So at the
 * first hello the page looks whether what is served is what it was loaded from: then the digest of that is its own name.
 */
export async function noticeVersion(version: string): Promise<void> {
  if (stale || !version || import.meta.env.DEV) return;
  try {
    if (!own) await learnOwn();
  } catch {
    return; // the next hello tries again
  }
  if (own !== version) becomeStale();
}

const INDEX_MS = 10_000;
/** So many bytes of the digest the edge takes. */
const BYTES = 6;

async function learnOwn(): Promise<void> {
  const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(INDEX_MS) });
  if (!answer.ok) throw new Error(`index.html: ${answer.status}`);
  const index = await answer.arrayBuffer();
  // Its name holds a digest of all our code: a page that does not load it is another page.
  const entry = document.querySelector('script[type="module"][src]')?.getAttribute("src");
  if (!entry || !new TextDecoder().decode(index).includes(`"${entry}"`)) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", index)).subarray(0, BYTES);
  own = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function becomeStale(): void {
  stale = true;
  for (const tell of listeners) tell();
}

export function useNewVersion(): boolean {
  return useSyncExternalStore(onVersion, isStale);
}

export function isStale(): boolean {
  return stale;
}

function onVersion(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
