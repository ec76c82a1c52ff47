import { create } from "@bufbuild/protobuf";
import { AddressKind, ClientKind, ClientSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { ContactSchema } from "../../src/gen/okno/crm/v1/contact_service_pb.ts";
import { ImportDoubles, ImportOutcome, type ImportProblem, ImportProblemSchema, ImportReason, type ImportRow, ImportRowSchema } from "../../src/gen/okno/crm/v1/import_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import type { Kept } from "../imports.ts";
import { stamp, type World } from "../world.ts";
import { clientChanged, nameOf } from "./cards.ts";

/** A row that is a contact, as the real service has it for whoever comes by name and phone. */
export function judgedContact(world: World, kept: Kept, number: number, cells: string[], cell: (target: string) => string): ImportRow {
  const { mapping, dryRun } = kept.import;
  const bad = (field: string, reason: ImportReason, value = ""): ImportProblem => create(ImportProblemSchema, { field, reason, value });
  const row = (outcome: ImportOutcome, more: Partial<Pick<ImportRow, "problems" | "clientId" | "contactId" | "otherRowNumber">> = {}): ImportRow => create(ImportRowSchema, { rowNumber: BigInt(number), outcome, cells, ...more });
  const [name, company, phone] = [cell("contact.name"), cell("name"), cell("contact.addresses:phone")];
  const owner = [...world.clients.values()].find((client) => !client.mergedIntoClientId && !client.archivedAt && client.name.toLowerCase() === company.toLowerCase());
  const problems = [
    ...(name ? [] : [bad("contact.name", ImportReason.INVALID)]),
    ...(company ? [] : [bad("name", ImportReason.NO_CLIENT)]),
    ...(company && !owner && mapping?.knownClientsOnly ? [bad("name", ImportReason.UNKNOWN, company)] : []),
  ];
  if (problems.length > 0) return row(ImportOutcome.REFUSED, { problems });
  if (mapping?.doubles !== ImportDoubles.MAKE) {
    const at = (other: ImportRow, target: string): string => other.cells[mapping?.columns.find((one) => one.target === target)?.column ?? -1]?.trim() ?? "";
    const earlier = [...kept.results.values()].find((other) => other.outcome === ImportOutcome.MADE && at(other, "contact.name") === name && at(other, "name").toLowerCase() === company.toLowerCase());
    if (earlier) return row(ImportOutcome.DOUBLE, { problems: [bad("name", ImportReason.SAME_ROW)], otherRowNumber: earlier.rowNumber });
    const there = [...world.contacts.values()].find((contact) => contact.clientId === owner?.clientId && nameOf(contact) === name);
    if (there && mapping?.doubles === ImportDoubles.FILL && !there.comment && cell("contact.comment")) {
      if (!dryRun) there.comment = cell("contact.comment");
      return row(ImportOutcome.UPDATED, { clientId: there.clientId, contactId: there.contactId });
    }
    if (there) return row(ImportOutcome.DOUBLE, { problems: [bad("name", ImportReason.SAME_CONTACT)], clientId: there.clientId, contactId: there.contactId });
  }
  if (dryRun) return row(ImportOutcome.MADE);
  const now = stamp(Date.now());
  const client = owner ?? create(ClientSchema, { clientId: newId(), etag: "1", name: company, kind: ClientKind.COMPANY, responsibleEmployeeId: mapping?.responsibleEmployeeId ?? "", createdAt: now, updatedAt: now });
  const [surname = "", givenName = "", patronymic = ""] = name.split(" ");
  const contact = create(ContactSchema, { contactId: newId(), etag: "1", clientId: client.clientId, name, surname, givenName, patronymic, addresses: phone ? [{ kind: AddressKind.PHONE, value: phone, display: phone }] : [], createdAt: now, updatedAt: now });
  world.clients.set(client.clientId, client);
  world.contacts.set(contact.contactId, contact);
  client.mainContactId ||= contact.contactId;
  clientChanged(world, client);
  return row(ImportOutcome.MADE, { clientId: client.clientId, contactId: contact.contactId });
}
