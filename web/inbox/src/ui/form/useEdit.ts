import { useState } from "react";
import { changedFields, rebase } from "./rebase.ts";

type Fields = Readonly<Record<string, unknown>>;

export type Edit<T> = {
  form: T;
  /** What the server has. */
  base: T;
  change: (part: Partial<T>) => void;
  /** The fields that are not saved. */
  dirty: (keyof T & string)[];
  reset: () => void;
  /** What others changed while something was being typed here; empty once it was read or saved. */
  news: readonly string[];
  clashes: readonly string[];
  /** Takes their value in a field that both changed. */
  take: (name: keyof T & string) => void;
};

/**
 * A form over one thing of the server's. `version` is its etag: when a newer one arrives, what was not touched here
 * follows it, what was touched stays and is told.
 */
export function useEdit<T extends Fields>(server: T, version: string): Edit<T> {
  const [state, setState] = useState({ base: server, form: server, version, news: [] as string[], clashes: [] as string[] });
  let now = state;
  if (state.version !== version) {
    const typed = changedFields(state.base, state.form).length > 0;
    const { form, news, clashes } = rebase(state.base, state.form, server);
    const left = changedFields(server, form).length > 0;
    now = { base: server, form, version, news: typed && left ? news : [], clashes: typed && left ? clashes : [] };
    setState(now);
  }
  const { base, form, news, clashes } = now;
  return {
    form,
    base,
    news,
    clashes,
    dirty: changedFields(base, form),
    change: (part) => setState((before) => ({ ...before, form: { ...before.form, ...part } })),
    reset: () => setState((before) => ({ ...before, form: before.base, news: [], clashes: [] })),
    take: (name) => setState((before) => ({ ...before, form: { ...before.form, [name]: before.base[name] }, clashes: before.clashes.filter((other) => other !== name) })),
  };
}
