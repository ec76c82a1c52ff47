import { isMessage } from "@bufbuild/protobuf";
import { useSearch } from "@tanstack/react-router";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Contact, ContactSchema } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { DuplicateKind } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import type { Key } from "../../../i18n/index.ts";

// Whose doubles stand on the screen: clients, or the people of clients.

export type Of = "clients" | "contacts";

/** One of those that stand side by side. */
export type Side = Client | Contact;

export function isContact(side: Side): side is Contact {
  return isMessage(side, ContactSchema);
}

export function idOf(side: Side): string {
  return isContact(side) ? side.contactId : side.clientId;
}

/** Clients are called by their working name where they have one. */
export function titleOf(side: Side): string {
  return isContact(side) ? side.name : side.workingName || side.name;
}

/** What a group, a candidate, a choice names. */
export function idIn(named: { clientId: string; contactId: string }): string {
  return named.contactId || named.clientId;
}

export function kindOf(of: Of): DuplicateKind {
  return of === "contacts" ? DuplicateKind.CONTACT : DuplicateKind.CLIENT;
}

/** What of this screen stands in the address. */
export type DoublesSearch = {
  tab?: "groups" | "journal" | "rules" | undefined;
  of?: "contacts" | undefined;
  /** The group, by its first member. */
  g?: string | undefined;
  /** Chosen by hand. */
  ids?: string | undefined;
};

export function useOf(): Of {
  const { of } = useSearch({ strict: false }) as DoublesSearch;
  return of === "contacts" ? "contacts" : "clients";
}

/** For the address: clients need no word. */
export function searchOf(of: Of): Pick<DoublesSearch, "of"> {
  return of === "contacts" ? { of } : {};
}

const WORDS = {
  "doubles.likely": "doubles.people.likely",
  "doubles.closed": "doubles.people.closed",
  "doubles.none": "doubles.people.none",
  "doubles.reading": "doubles.people.reading",
  "doubles.readN": "doubles.people.readN",
  "doubles.notYours": "doubles.people.notYours",
  "doubles.groups": "doubles.people.groups",
  "doubles.membersN": "doubles.people.membersN",
  "doubles.pick": "doubles.people.pick",
  "doubles.compare": "doubles.people.compare",
  "doubles.compareFailed": "doubles.people.compareFailed",
  "doubles.tooFew": "doubles.people.tooFew",
  "doubles.closedN": "doubles.people.closedN",
  "doubles.mergedInto": "doubles.people.mergedInto",
  "doubles.others": "doubles.people.others",
} as const satisfies Partial<Record<Key, Key>>;

/** The same sentence, of clients or of people. */
export function said(of: Of, key: keyof typeof WORDS): Key {
  return of === "contacts" ? WORDS[key] : key;
}
