import { useRef } from "react";
import css from "./Resizer.module.css";

type Props = { label: string; value: number; min: number; max: number; onChange: (value: number) => void };

/** The edge between two panes: drag it, or walk it with the arrows. */
export function Resizer({ label, value, min, max, onChange }: Props) {
  const from = useRef<{ x: number; value: number } | undefined>(undefined);
  const set = (next: number): void => onChange(Math.round(Math.max(min, Math.min(max, next))));
  return (
    <div
      className={css.edge}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(value - 16);
        if (event.key === "ArrowRight") set(value + 16);
      }}
      onPointerDown={(event) => {
        from.current = { x: event.clientX, value };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => from.current && set(from.current.value + event.clientX - from.current.x)}
      onPointerUp={() => (from.current = undefined)}
    />
  );
}
