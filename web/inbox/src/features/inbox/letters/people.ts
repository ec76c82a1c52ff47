import type { MailAddress } from "../../../gen/okno/channel/v1/content_pb.ts";

export { inFull } from "./write/names.ts";

/** How a person is called in a line. */
export function nameOfPerson({ name, address }: MailAddress): string {
  return name || address;
}

const NAMED = 3;

/** The first of several in a line, and how many more there are. */
export function shortList(people: readonly MailAddress[]): { names: string; more: number } {
  return { names: people.slice(0, NAMED).map(nameOfPerson).join(", "), more: Math.max(0, people.length - NAMED) };
}
