import { useRef } from "react";

const FIRES_AT_PX = 96;
const BEGINS_AT_PX = 12;

type Swipe = { onLeft: (() => void) | undefined; onRight: (() => void) | undefined };

/** A finger drags a row aside: far enough it acts, less far the row comes back. Both acts stand in the row's menu too. */
export function useSwipe({ onLeft, onRight }: Swipe): Pick<React.DOMAttributes<HTMLElement>, "onPointerDown" | "onPointerMove" | "onPointerUp" | "onPointerCancel"> {
  const from = useRef<{ x: number; y: number; dragging: boolean } | undefined>(undefined);
  const move = (row: HTMLElement, dx: number): void => {
    row.style.setProperty("--swipe", `${dx}px`);
    row.toggleAttribute("data-swiping", dx !== 0);
    row.dataset["swipe"] = dx <= -FIRES_AT_PX ? "left" : dx >= FIRES_AT_PX ? "right" : "";
  };
  const end = (event: React.PointerEvent<HTMLElement>, act: boolean): void => {
    const begun = from.current;
    from.current = undefined;
    if (!begun?.dragging) return;
    const dx = event.clientX - begun.x;
    move(event.currentTarget, 0);
    if (act && dx <= -FIRES_AT_PX) onLeft?.();
    if (act && dx >= FIRES_AT_PX) onRight?.();
  };
  return {
    onPointerDown: (event) => {
      if (event.pointerType === "touch") from.current = { x: event.clientX, y: event.clientY, dragging: false };
    },
    onPointerMove: (event) => {
      const begun = from.current;
      if (!begun) return;
      const dx = event.clientX - begun.x;
      if (!begun.dragging) {
        if (Math.abs(event.clientY - begun.y) > BEGINS_AT_PX) from.current = undefined;
        if (Math.abs(dx) < BEGINS_AT_PX || !from.current) return;
        begun.dragging = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      const allowed = (dx < 0 && onLeft) || (dx > 0 && onRight);
      move(event.currentTarget, allowed ? dx : 0);
    },
    onPointerUp: (event) => end(event, true),
    onPointerCancel: (event) => end(event, false),
  };
}
