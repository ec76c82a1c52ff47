import css from "./quality.module.css";

/** A percentage as a bar; its number stands beside it. */
export function Meter({ percent }: { percent: number }) {
  return (
    <span className={css.meter} aria-hidden="true">
      <span data-tone={toneOf(percent)} style={{ width: `${Math.max(percent, 2)}%` }} />
    </span>
  );
}

export function toneOf(percent: number): "green" | "amber" | "red" {
  return percent >= 80 ? "green" : percent >= 50 ? "amber" : "red";
}
