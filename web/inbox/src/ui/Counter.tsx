import { count } from "../i18n/format.ts";
import css from "./Counter.module.css";

/** A number beside a name; nothing when it is nothing. `strong` is for what waits for this reader. */
export function Counter({ n, strong = false }: { n: number; strong?: boolean }) {
  if (n <= 0) return null;
  return (
    <span className={css.counter} data-strong={strong || undefined} aria-hidden="true">
      {n > 999 ? "999+" : count(n)}
    </span>
  );
}
