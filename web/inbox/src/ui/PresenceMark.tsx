import css from "./PresenceMark.module.css";

export type PresenceState = "available" | "away" | "offline";

/** A filled dot, a half dot, a hollow dot: told apart without colour. `label` is what the shape says; none where the word stands beside it. */
export function PresenceMark({ state, label }: { state: PresenceState; label?: string }) {
  const name = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
  return (
    <svg className={css.mark} data-state={state} viewBox="0 0 12 12" width="12" height="12" {...name}>
      {label && <title>{label}</title>}
      <circle cx="6" cy="6" r="4" className={css.ring} />
      {state === "available" && <circle cx="6" cy="6" r="4.5" className={css.fill} />}
      {state === "away" && <path d="M6 2a4 4 0 0 0 0 8z" className={css.fill} />}
    </svg>
  );
}
