import { Suspense, useRef, useState } from "react";
import css from "./Menu.module.css";
import { part } from "./part.ts";

export type MenuItem =
  | { kind: "action"; label: string; run: () => void; hint?: string; lead?: React.ReactNode; danger?: boolean; disabled?: string }
  | { kind: "choice"; label: string; chosen: boolean; run: () => void }
  | { kind: "label"; label: string }
  | { kind: "line" };

export type MenuPlace = "bottom-end" | "top-end" | "right-end" | "right-start" | "top";

/** What a menu opens from: the props belong on one button. */
export type MenuButton = {
  "aria-haspopup": "menu";
  "aria-expanded": boolean;
  onClick: () => void;
  onPointerEnter: () => void;
  onFocus: () => void;
};

type Props = {
  label: string;
  items: () => readonly MenuItem[];
  place?: MenuPlace;
  children: (button: MenuButton) => React.ReactNode;
};

const MenuSurface = part(() => import("./MenuSurface.tsx").then(({ MenuSurface: component }) => component), { ahead: true });
const fetchSurface = (): void => void MenuSurface.fetch();

/** A button with a menu. What draws the menu is fetched when the pointer comes near, not with the page. */
export function Menu({ label, items, place = "bottom-end", children }: Props) {
  const [open, setOpen] = useState(false);
  const wrap = useRef<HTMLSpanElement>(null);
  const close = (): void => {
    setOpen(false);
    const button = wrap.current?.querySelector("button");
    // Only when the focus was in the menu: a click elsewhere goes where it went.
    if (!document.activeElement || document.activeElement === document.body || document.activeElement.closest("[role=menu]")) button?.focus();
  };
  return (
    <span ref={wrap} className={css.wrap}>
      {children({ "aria-haspopup": "menu", "aria-expanded": open, onClick: () => setOpen(!open), onPointerEnter: fetchSurface, onFocus: fetchSurface })}
      {open && (
        <Suspense>
          <MenuSurface label={label} items={items()} place={place} onClose={close} />
        </Suspense>
      )}
    </span>
  );
}
