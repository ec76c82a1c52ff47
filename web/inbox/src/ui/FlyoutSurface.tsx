import "@mantine/core/styles/Popover.css";
import { Popover } from "@mantine/core";
import { Suspense, useEffect } from "react";
import type { FlyoutPlace } from "./Flyout.tsx";
import flyout from "./Flyout.module.css";
import css from "./Menu.module.css";

type Props = { label: string; place: FlyoutPlace; width: number | undefined; onClose: () => void; children: React.ReactNode };

/** The open surface; it stands at the button that its parent shows, and keeps the focus while it is open. */
export function FlyoutSurface({ label, place, width, onClose, children }: Props) {
  return (
    <Popover opened onChange={(open) => !open && onClose()} position={place} returnFocus={false} withinPortal trapFocus withRoles={false} shadow="md" {...(width ? { width } : {})}>
      <Popover.Target>
        <span className={css.anchor} aria-hidden="true" />
      </Popover.Target>
      <Popover.Dropdown
        className={flyout.surface}
        role="dialog"
        aria-label={label}
        aria-labelledby={undefined}
        data-flyout
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.preventDefault();
            onClose();
          }
          event.stopPropagation();
        }}
      >
        <Suspense>
          {children}
          <Arrived />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Moves the focus in once there is something to move it to: what opens is mostly fetched first. */
function Arrived() {
  useEffect(() => {
    const surface = document.querySelector("[data-flyout]");
    if (surface?.contains(document.activeElement) && document.activeElement !== surface) return;
    (surface?.querySelector<HTMLElement>("[data-autofocus]") ?? surface?.querySelector<HTMLElement>("a, button, input"))?.focus();
  }, []);
  return null;
}
