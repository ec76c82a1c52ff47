import type { ComponentChildren, VNode } from "preact";
import { Icon, type IconName } from "./Icon.tsx";

type Props = { icon: IconName; name: string; onClick: () => void; primary?: boolean; small?: boolean; disabled?: boolean; why?: string; children?: ComponentChildren };

/** A button with an icon only; its name is for ears and for the pointer that rests. */
export function IconButton({ icon, name, onClick, primary, small, disabled, why, children }: Props): VNode {
  const title = disabled && why ? `${name}. ${why}` : name;
  return (
    <button
      type="button"
      class={`icon-button${primary ? " primary" : ""}${small ? " small" : ""}`}
      aria-label={title}
      title={title}
      aria-disabled={disabled ? "true" : undefined}
      onClick={() => !disabled && onClick()}
    >
      <Icon name={icon} small={small} />
      {children}
    </button>
  );
}
