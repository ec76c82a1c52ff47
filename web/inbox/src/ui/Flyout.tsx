import { Suspense, useRef, useState } from "react";
import css from "./Menu.module.css";
import { part } from "./part.ts";

export type FlyoutButton = { "aria-haspopup": "dialog"; "aria-expanded": boolean; onClick: () => void; onPointerEnter: () => void; onFocus: () => void };

export type FlyoutPlace = "right-end" | "bottom-start" | "bottom-end" | "top-start" | "top-end";

type Props = {
  label: string;
  place?: FlyoutPlace;
  width?: number;
  children: (button: FlyoutButton) => React.ReactNode;
  /** What opens; usually lazy itself. */
  content: (close: () => void) => React.ReactNode;
};

const FlyoutSurface = part(() => import("./FlyoutSurface.tsx").then(({ FlyoutSurface: component }) => component), { ahead: true });
const fetchSurface = (): void => void FlyoutSurface.fetch();

/** A button with a small surface beside it: for choices that a menu cannot hold. Esc and a press elsewhere close it. */
export function Flyout({ label, place = "bottom-end", width, children, content }: Props) {
  const [open, setOpen] = useState(false);
  const wrap = useRef<HTMLSpanElement>(null);
  const close = (): void => {
    setOpen(false);
    const button = wrap.current?.querySelector("button");
    if (!document.activeElement || document.activeElement === document.body || document.activeElement.closest("[data-flyout]")) button?.focus();
  };
  return (
    <span ref={wrap} className={css.wrap}>
      {children({ "aria-haspopup": "dialog", "aria-expanded": open, onClick: () => setOpen(!open), onPointerEnter: fetchSurface, onFocus: fetchSurface })}
      {open && (
        <Suspense>
          <FlyoutSurface label={label} place={place} width={width} onClose={close}>
            {content(close)}
          </FlyoutSurface>
        </Suspense>
      )}
    </span>
  );
}
