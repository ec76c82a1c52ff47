import type { Items } from "../shared/envelope.ts";

export type Kept = {
  /** Nothing, or an empty value, is taken away. */
  set: (key: string, value?: string | null | false) => void;
  all: () => Items;
  /** Our key in a key of the storage. */
  own: (key: string | null) => string | undefined;
};

/** Values on the site's own origin; where its storage is closed, in memory for as long as the page lives. */
export function kept(account: string): Kept {
  const memory: Items = {};
  const prefix = `okno.${account}.`;
  const own = (key: string | null): string | undefined => key?.split(prefix)[1];
  const all = (): Items => {
    const found = { ...memory };
    try {
      for (const key in localStorage) {
        const name = own(key);
        if (name) found[name] = localStorage[key] as string;
      }
    } catch {
      // Closed.
    }
    return found;
  };
  const set = (key: string, value?: string | null | false): void => {
    delete memory[key];
    try {
      if (value) localStorage.setItem(prefix + key, value);
      else localStorage.removeItem(prefix + key);
    } catch {
      // Closed or full.
      if (value) memory[key] = value;
    }
  };
  return { set, all, own };
}
