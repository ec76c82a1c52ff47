import type { Where } from "../shared/envelope.ts";
import type { Left } from "./form.ts";
import { begun, type memory, pathOf, type Visit } from "./memory.ts";

type Step = { id: string; at: number; kind: "page" | "form" | "chat"; path: string; title?: string; seconds?: number; name?: string; left?: Left };

/** Hands a report over; `true`: the server has it. */
export type Send = (report: Record<string, unknown>) => Promise<boolean>;

const SOON_MS = 2_000;
const AGAIN_MS = 30_000;
const SECONDS_MOST = 1_800;
const STEPS_MOST = 50;
const TRIES_MOST = 5;

export type Tracker = ReturnType<typeof tracker>;

/** What the person does on this page, in order; told a little later, and what could not be told is told again. */
export function tracker(kept: ReturnType<typeof memory>, send: Send, token: () => string | undefined, device: string, now: () => number = Date.now) {
  let visit: Visit | undefined;
  /** Under whose consent it is. */
  let whose: string | undefined;
  let queue: Step[] = [];
  let page: Step | undefined;
  /** Since when the page is being looked at. */
  let since: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;

  const put = (step: Step): void => {
    queue = [...queue.filter(({ id }) => id !== step.id), step].slice(-STEPS_MOST);
  };

  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  };

  /** Counts up to now; `ends`: nobody looks any more. */
  const count = (ends: boolean): void => {
    if (!page || since === undefined) return;
    const seconds = Math.min(SECONDS_MOST, (page.seconds ?? 0) + Math.round((now() - since) / 1000));
    since = ends ? undefined : now();
    if (seconds === page.seconds) return;
    page = { ...page, seconds };
    put(page);
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    const { guest, agreed, forms } = kept.read();
    // Another tab may have taken the consent back, and given a new one: what was done before is told under neither.
    if (!guest || guest !== whose || !visit) return stop();
    if (queue.length === 0) return;
    const told = queue;
    const { id, at, from, marks } = visit;
    const taken = await send({ guest, agreed, forms, token: token(), now: now(), visit: { id, at, from, marks, device, steps: told } });
    // What was counted on meanwhile stays.
    if (taken) {
      queue = queue.filter((step) => !told.includes(step));
      tries = 0;
    } else if (++tries < TRIES_MOST) later(AGAIN_MS);
  };

  const stop = (): void => {
    clearTimeout(timer);
    queue = [];
    page = since = visit = undefined;
  };

  const step = (kind: Step["kind"], path: string, more: Partial<Step>): Step => ({ id: crypto.randomUUID(), at: now(), kind, path, ...more });

  return {
    flush,
    stop,
    /** The same page again is none. */
    look: ({ page: { url, title, ref }, visible }: Pick<Where, "page"> & { visible: boolean }, here: string): void => {
      const path = pathOf(url);
      if (page?.path === path && visit) return;
      count(true);
      const last = visit;
      visit = kept.visit(now(), () => begun({ url, ref }, here));
      whose = kept.read().guest;
      if (!visit) return stop();
      if (last && last.id !== visit.id) queue = [];
      page = step("page", path, { title: title.slice(0, 200), seconds: 0 });
      since = visible ? now() : undefined;
      put(page);
      later(SOON_MS);
    },
    form: (name: string, left?: Left): void => {
      if (!visit) return;
      // Who was not asked about forms is told of without what they left there.
      put(step("form", page?.path ?? "", { name: name.slice(0, 100), ...(left && kept.read().forms && { left }) }));
      void flush();
    },
    chat: (): void => {
      if (!visit) return;
      put(step("chat", page?.path ?? "", {}));
      later(SOON_MS);
    },
    seen: (visible: boolean): void => {
      if (!visible) {
        count(true);
        void flush();
      } else if (page && since === undefined) since = now();
    },
    /** Who they are has just become known: told with what is next, or at once. */
    known: (): void => {
      count(false);
      if (page) put(page);
      later(SOON_MS);
    },
  };
}
