import type { Origin, Touch } from "../shared/protocol.ts";

/** How the touches are kept: `seen` is when the visitor was last here, ms since 1970. */
export type Kept = Touch & { seen: number };

/** Half an hour of rest makes a new visit. */
export const IDLE_MS = 1_800_000;

/** Marks of advertising; nothing else of a query leaves the site. */
const MARK = /^(utm_\w+|(y|ym|g|fb)clid|rb_clickid|vk_\w+|_openstat|erid|roistat)$/;
/** Visits as counters know them, for sending conversions back. */
const COOKIE = /\b(_ym_uid|_ga|roistat_visit)=([^;]+)/g;
const EMAIL = /[^/?&=#]+(@|%40)[^/?&=#]+/gi;

/**
 * An address without what may be secret or personal: of the query only advertising marks and `allowed`, of the fragment only a route
 * (`#/…`, `#!…`), no e-mail addresses.
 */
export function cleaned(address: string, allowed: readonly string[] = []): string {
  if (!address) return "";
  const url = new URL(address);
  const query = url.searchParams;
  for (const name of [...query.keys()]) if (!MARK.test(name) && !allowed.includes(name)) query.delete(name);
  url.hash = `${/^#[/!][^?&]*/.exec(url.hash) ?? ""}`;
  return url.href.replace(EMAIL, "-");
}

/** A cleaned address without marks of advertising. */
export function unmarked(address: string): string {
  if (!URL.canParse(address)) return "";
  const url = new URL(address);
  for (const name of [...url.searchParams.keys()]) if (MARK.test(name)) url.searchParams.delete(name);
  return url.href;
}

/** Where a visitor comes from now. */
export function origin(address: string, referrer: string, cookies: string, now: number): Origin {
  const url = cleaned(address);
  const { searchParams, origin: site } = new URL(url);
  const counters = [...cookies.matchAll(COOKIE)].map((found) => found.slice(1));
  return { url, ref: referrer.startsWith(site) ? "" : cleaned(referrer), at: now, fields: Object.fromEntries([...searchParams, ...counters]) };
}

/**
 * The touches after a page view: a new last one after a rest, with other marks, or from another site. Else the last one learns what counters
 * know by now: they come later than we, and may be asked only with consent.
 */
export function touched(kept: Kept | undefined, from: Origin): Kept {
  const marks = ({ url }: Origin): string => `${/\?[^#]*/.exec(url) ?? ""}`;
  const { first, last, seen } = kept ?? { first: from, last: from, seen: from.at };
  const fresh = from.at - seen > IDLE_MS || (marks(from) && marks(from) !== marks(last)) || (from.ref && from.ref !== last.ref);
  if (!fresh) Object.assign(last.fields, from.fields);
  return { first, last: fresh ? from : last, seen: from.at };
}
