import type { VNode } from "preact";
import { Icon } from "./Icon.tsx";

/** Why there is nothing to write in, and what to do. `calm`: nothing is wrong. */
export function Trouble({ text, calm }: { text: string; calm?: boolean }): VNode {
  return (
    <p class={calm ? "trouble calm" : "trouble"} role={calm ? undefined : "alert"}>
      <Icon name="alert" />
      <span>{text}</span>
    </p>
  );
}
