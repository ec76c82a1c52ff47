import type { Person } from "./answer.ts";

/** With the address, for whoever looks closer. */
export function inFull({ name, address }: Person): string {
  return name && name !== address ? `${name} <${address}>` : address;
}
