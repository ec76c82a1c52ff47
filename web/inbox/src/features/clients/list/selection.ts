import { useCallback, useRef, useState } from "react";

export type Selection = {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** From the last one that was touched to this one, in the order of the list. */
  extend: (id: string, order: readonly string[]) => void;
  set: (ids: readonly string[]) => void;
};

/** Which rows are chosen. Opening a card is not choosing. */
export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set<string>());
  const last = useRef("");
  const toggle = useCallback((id: string) => {
    last.current = id;
    setIds((before) => toggled(before, id));
  }, []);
  const extend = useCallback((id: string, order: readonly string[]) => {
    const from = last.current || id;
    last.current = id;
    setIds((before) => new Set([...before, ...between(order, from, id)]));
  }, []);
  const set = useCallback((all: readonly string[]) => setIds(new Set(all)), []);
  return { ids, toggle, extend, set };
}

export function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Both ends included; of an end that is not there only the other. */
export function between(order: readonly string[], one: string, other: string): readonly string[] {
  const [from, to] = [order.indexOf(one), order.indexOf(other)].sort((a, b) => a - b) as [number, number];
  return order.slice(Math.max(0, from < 0 ? to : from), to + 1);
}
