type Fields = Readonly<Record<string, unknown>>;

/** Are two values of a form the same? Order counts in lists. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The fields in which `now` differs from `before`. */
export function changedFields<T extends Fields>(before: T, now: T): (keyof T & string)[] {
  return Object.keys(now).filter((name) => !same(before[name], now[name]));
}

export type Rebased<T> = {
  form: T;
  /** What others have changed meanwhile. */
  news: (keyof T & string)[];
  /** Of these, what was changed here as well, to something else: ours stands in the form, theirs in `theirs`. */
  clashes: (keyof T & string)[];
};

/** Moves what was typed onto a newer version: what was not touched here follows, what was touched stays. */
export function rebase<T extends Fields>(before: T, mine: T, theirs: T): Rebased<T> {
  const touched = new Set<string>(changedFields(before, mine));
  const news = changedFields(before, theirs);
  const form = Object.fromEntries(Object.keys(theirs).map((name) => [name, touched.has(name) ? mine[name] : theirs[name]])) as T;
  return { form, news, clashes: news.filter((name) => touched.has(name) && !same(mine[name], theirs[name])) };
}
