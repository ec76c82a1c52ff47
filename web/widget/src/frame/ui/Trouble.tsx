import type { VNode } from "preact";
import { Icon } from "./Icon.tsx";

/** Why there is nothing to write in, and what to do. */
export function Trouble({ text }: { text: string }): VNode {
  return (
    <p class="trouble" role="alert">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
  );
}
