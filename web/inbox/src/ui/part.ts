import { type ComponentType, createElement, type FunctionComponent, lazy, useState, useSyncExternalStore } from "react";

// Parts of the page that are fetched when they are wanted. One that does not come is asked for until it does, and the page
// says so (`useMissingParts`): what stands on the screen, and what is written there, never goes because something beside it is missing.

const PAUSES_MS = [1_000, 2_000, 5_000, 15_000];
const IDLE_MS = 2_000;

export type Part<P> = FunctionComponent<P> & {
  /** Fetches it now, so that it is there when it is wanted; settles in any case. */
  fetch: () => Promise<void>;
};

type Options = {
  /** Fetched unasked when the screen stands and nothing else is to do. */
  ahead?: boolean;
};

/**
 * A component in a file of its own: drawn inside `Suspense`, which waits as long as it takes. One that is there already
 * is drawn at once, so that nothing moves for it.
 */
export function part<P extends object>(load: () => Promise<ComponentType<P>>, { ahead = false }: Options = {}): Part<P> {
  let coming: Promise<{ default: ComponentType<P> }> | undefined;
  let there: ComponentType<P> | undefined;
  const once = (): Promise<{ default: ComponentType<P> }> => (coming ??= untilItComes(load).then((component) => ({ default: (there = component) })));
  if (ahead) fetchWhenIdle(once);
  const Later = lazy(once) as ComponentType<P>;
  const Drawn = (props: P): React.ReactNode => {
    // What is on the screen stays the same component, or it would lose its state.
    const [Shown] = useState<ComponentType<P>>(() => there ?? Later);
    return createElement(Shown, props);
  };
  return Object.assign(Drawn, { fetch: () => once().then(() => undefined, () => undefined) });
}

let missing = 0;
const listeners = new Set<() => void>();
const waiting = new Set<() => void>();

/** How many wanted parts did not come and are asked for again. */
export function missingParts(): number {
  return missing;
}

export function useMissingParts(): number {
  return useSyncExternalStore(subscribe, missingParts);
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Asks for them at once, without waiting for the pause to end. */
export function askAgain(): void {
  for (const wake of [...waiting]) wake();
}

/** Throws only what the file itself throws. */
export async function untilItComes<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      if (tries > 0) await mendStyles();
      const loaded = await load();
      if (tries > 0) count(-1);
      return loaded;
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (tries === 0) count(1);
      await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0);
    }
  }
}

/** Each browser has its own words for a file that did not come, and Vite for its styles. */
function isMissing(error: unknown): boolean {
  return /dynamically imported|importing a module|preload/iu.test(String(error));
}

function count(by: number): void {
  missing += by;
  for (const tell of listeners) tell();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      waiting.delete(wake);
      removeEventListener("online", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    waiting.add(wake);
    addEventListener("online", wake);
  });
}

/** Styles that did not come. A stylesheet is asked for once only, by whoever wants it first. */
const broken = new Set<HTMLLinkElement>();

globalThis.addEventListener?.("error", ({ target }) => target instanceof HTMLLinkElement && target.rel === "stylesheet" && broken.add(target), true);

async function mendStyles(): Promise<void> {
  const links = [...broken];
  broken.clear();
  await Promise.all(links.map(fetchStyles));
}

function fetchStyles(link: HTMLLinkElement): Promise<void> {
  const again = link.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    again.onload = () => resolve();
    again.onerror = () => reject(new Error(`cannot preload ${again.href}`));
    link.replaceWith(again);
  });
}

const queue: (() => Promise<unknown>)[] = [];
let begun = false;
let fetching = false;

/** The screen stands: from now on parts come that will be wanted, one after the other. */
export function fetchAhead(): void {
  begun = true;
  void empty();
}

/** Puts it behind what else will be wanted. */
export function fetchWhenIdle(load: () => Promise<unknown>): void {
  queue.push(load);
  if (begun) void empty();
}

async function empty(): Promise<void> {
  if (fetching) return;
  fetching = true;
  for (let load = queue.shift(); load; load = queue.shift()) {
    await whenIdle();
    await load().catch(() => undefined); // whoever draws it is told
  }
  fetching = false;
}

/** Waits until the browser has nothing else to do, two seconds at most. */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => ("requestIdleCallback" in globalThis ? requestIdleCallback(() => resolve(), { timeout: IDLE_MS }) : setTimeout(resolve, IDLE_MS / 4)));
}
