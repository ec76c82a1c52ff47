import { useLayoutEffect } from "react";

/** How a list was left, for as long as the tab lives: what was looked for, and how far down. */
export type Place<S> = {
  search: () => S;
  /** How far down the list of this very search was read. */
  top: (wanted: S) => number;
  keep: (now: S, at: number) => void;
};

export function place<S>(first: S): Place<S> {
  let search = first;
  let top = 0;
  return {
    search: () => search,
    top: (wanted) => (JSON.stringify(wanted) === JSON.stringify(search) ? top : 0),
    keep: (now, at) => {
      search = now;
      top = at;
    },
  };
}

/** Whoever comes back from a card finds the list as it was left; another search begins at the top. */
export function usePlace<S>(box: React.RefObject<HTMLDivElement | null>, search: S, kept: Place<S>): void {
  const name = JSON.stringify(search);
  useLayoutEffect(() => {
    const wanted = JSON.parse(name) as S;
    const top = kept.top(wanted);
    kept.keep(wanted, top);
    box.current?.scrollTo(0, top);
  }, [name, box, kept]);
}
