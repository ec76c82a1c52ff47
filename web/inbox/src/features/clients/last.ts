import type { ClientSearch } from "./query.ts";

// How the list was left, for as long as the tab lives: what was looked for, and how far down.

let search: ClientSearch = {};
let top = 0;

export function lastSearch(): ClientSearch {
  return search;
}

/** How far down the list of this very search was read. */
export function lastTop(wanted: ClientSearch): number {
  return JSON.stringify(wanted) === JSON.stringify(search) ? top : 0;
}

export function keepPlace(now: ClientSearch, at: number): void {
  search = now;
  top = at;
}
