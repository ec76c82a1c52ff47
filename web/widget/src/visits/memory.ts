import type { Kept } from "../loader/items.ts";
import type { Origin } from "../shared/protocol.ts";

/** Half an hour of rest ends a visit. */
export const IDLE_MS = 1_800_000;

export type Visit = { id: string; at: number; seen: number; from: string; marks: Record<string, string> };

/**
 * What the browser knows of its person's consent. `guest`: given, and by which number they are known; `gone`: taken back, and the server is
 * not told yet, each; `no`: they were asked and said no; `forms`: what they leave in forms may be told, too.
 */
export type Memory = { guest?: string; agreed?: number; visit?: Visit; gone?: string[]; no?: true; forms?: true };

/** Kept on the site's own origin, read anew each time: another tab may have changed it. Nothing is there before an answer. */
export function memory(items: Kept) {
  const read = (): Memory => {
    try {
      return (JSON.parse(items.all()["visits"] ?? "{}") ?? {}) as Memory;
    } catch {
      return {};
    }
  };
  const write = ({ gone = [], ...rest }: Memory): void => {
    const now = { ...rest, ...(gone.length > 0 && { gone }) };
    items.set("visits", Object.keys(now).length > 0 && JSON.stringify(now));
  };
  return {
    read,
    /** `about`: whether they agreed to what is left in forms, too; undefined: nothing was said of it, and it stays as it was. */
    agree: (now: number, about?: boolean): void => {
      const { no, forms, ...known } = read();
      write({ guest: crypto.randomUUID(), agreed: now, ...known, ...((about ?? forms) && { forms: true }) });
    },
    leave: (said: boolean): void => {
      const { guest, gone = [] } = read();
      write({ gone: guest ? [...gone, guest] : gone, ...(said && { no: true }) });
    },
    /** The server knows that they are gone. */
    left: (told: string): void => {
      const { gone = [], ...rest } = read();
      write({ ...rest, gone: gone.filter((one) => one !== told) });
    },
    /** The visit that goes on, or a new one; `undefined` where there is no consent. */
    visit: (now: number, begun: () => Pick<Visit, "from" | "marks">): Visit | undefined => {
      const known = read();
      if (!known.guest) return undefined;
      const { visit: last } = known;
      const goes = last && now - last.seen < IDLE_MS && now >= last.seen;
      const visit = goes ? { ...last, seen: now } : { id: crypto.randomUUID(), at: now, seen: now, ...begun() };
      write({ ...known, visit });
      return visit;
    },
  };
}

const MARKS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/** Where a visit came from: another site's host, and the marks of advertising. */
export function begun({ url, ref }: Pick<Origin, "url" | "ref">, here: string): Pick<Visit, "from" | "marks"> {
  const query = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const host = URL.canParse(ref) ? new URL(ref).host : "";
  return { from: host === here ? "" : host, marks: Object.fromEntries(MARKS.flatMap((name) => (query.get(name) ? [[name, query.get(name) as string]] : []))) };
}

/** Of an address what may be told: the path, and the route of pages that live in the fragment. */
export function pathOf(address: string): string {
  if (!URL.canParse(address)) return "";
  const { pathname, hash } = new URL(address);
  const whole = pathname + (hash.startsWith("#/") ? hash.split("?")[0] : "");
  try {
    return decodeURI(whole).slice(0, 500);
  } catch {
    return whole.slice(0, 500);
  }
}
