import css from "./KeyCap.module.css";

/** A key, as it is written on it; for the eye only, the name of the action stands beside it. */
export function KeyCap({ children }: { children: string }) {
  return (
    <kbd className={css.key} aria-hidden="true">
      {children}
    </kbd>
  );
}
