import type { VNode } from "preact";

/** Paths on a grid of 24, drawn with a line of 1.75. */
const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  send: "M4.5 12.5L20 4l-5.5 16-3.2-6.3zM11.3 13.7L20 4",
  attach: "M15 7l-6.5 6.5a1.5 1.5 0 0 0 3 3L18 10a3 3 0 0 0-6-6l-6.5 6.5a4.5 4.5 0 0 0 9 9L21 13",
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  stop: "M7 7h10v10H7z",
  play: "M8 5l11 7-11 7z",
  pause: "M9 5v14M15 5v14",
  trash: "M5 7h14M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13 3v6h6",
  down: "M12 5v14M6 13l6 6 6-6",
  again: "M20 11a8 8 0 1 0-.5 4M20 5v6h-6",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l2.5 1.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M3 12.5l4 4L16 7M11.5 16l.5.5L21 7",
  alert: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5M12 15.5v.5",
  chat: "M4 5h16v11H10l-6 4z",
} as const;

export type IconName = keyof typeof PATHS;

/** Always beside a word or inside something with a name. */
export function Icon({ name, small }: { name: IconName; small?: boolean }): VNode {
  return (
    <svg class={small ? "icon small" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
