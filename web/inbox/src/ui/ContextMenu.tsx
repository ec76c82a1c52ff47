import { Suspense } from "react";
import type { MenuItem } from "./Menu.tsx";
import { part } from "./part.ts";

const MenuSurface = part(() => import("./MenuSurface.tsx").then(({ MenuSurface: component }) => component), { ahead: true });

export type Spot = { x: number; y: number };

/** A menu at a spot of the screen: under the pointer, or at the row that the keyboard is on. */
export function ContextMenu({ label, spot, items, onClose }: { label: string; spot: Spot; items: readonly MenuItem[]; onClose: () => void }) {
  return (
    <span style={{ position: "fixed", left: spot.x, top: spot.y, width: 0, height: 0 }}>
      <Suspense>
        <MenuSurface label={label} items={items} place="right-start" onClose={onClose} />
      </Suspense>
    </span>
  );
}
