import type { Kept } from "../src/loader/items.ts";

/** A site's storage, in memory. */
export function storage(): Kept & { held: Record<string, string> } {
  const held: Record<string, string> = {};
  const set = (key: string, value: string | null | false | undefined): void => {
    if (value) held[key] = value;
    else delete held[key];
  };
  return { held, set, all: () => ({ ...held }), own: () => undefined };
}
