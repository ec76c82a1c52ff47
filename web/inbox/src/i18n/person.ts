import type { Conversation } from "../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "./index.ts";

/** An address that a program drew (a visitor of the web chat): nobody can read it, but its end tells two of them apart. */
const DRAWN = /[\da-f]{8}-[\da-f]{4}-/u;

/** Who is on the other side, as the page calls them. */
export function nameOf({ person }: Conversation): string {
  const { clientName = "", displayName = "", address = "" } = person ?? {};
  return clientName || displayName || addressName(address) || "—";
}

/** An address as somebody's name. */
export function addressName(address: string): string {
  return DRAWN.test(address) ? `${t("person.visitor")} ${address.slice(-4)}` : address;
}
