import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type Client, type FieldChange, FieldChangeSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { type Contact, ContactSchema, ContactService } from "../../src/gen/okno/crm/v1/contact_service_pb.ts";
import { type Contract, ContractSchema, ContractService } from "../../src/gen/okno/crm/v1/contract_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { beforeCreateContact } from "./duplicates.ts";
import { page } from "./page.ts";

// What the cards of clients have in common: etags, masks, history.

export function camel(path: string): string {
  return path.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

/** The stored thing with the masked fields of the wanted one, under a new etag; refuses another's version. */
export function changed<S extends DescMessage>(schema: S, known: MessageShape<S> & { etag: string }, wanted: { etag: string } | undefined, paths: readonly string[]): MessageShape<S> {
  if (!wanted) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "update_mask" });
  if (wanted.etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
  const next = { ...known, etag: String(Number(known.etag) + 1) };
  for (const path of paths) Object.assign(next, { [camel(path)]: wanted[camel(path) as "etag"] });
  return create(schema, next as never);
}

const VERSIONED = new Set(["name", "responsible_employee_id", "work_status", "importance", "inn", "addresses", "custom_values", "position_id", "state"]);

/** Keeps what became of versioned fields, newest first. */
export function remember(world: World, employeeId: string, before: Client | Contact, after: Client | Contact, paths: readonly string[]): void {
  const contactId = "contactId" in before ? before.contactId : "";
  for (const path of paths.filter((one) => VERSIONED.has(one) && one !== "custom_values")) {
    const values = (card: object): string[] => valuesOf(card[camel(path) as keyof typeof card]);
    const change: FieldChange = create(FieldChangeSchema, { clientId: before.clientId, contactId, field: path, oldValues: values(before), newValues: values(after), employeeId, at: stamp(Date.now()) });
    if (change.oldValues.join() !== change.newValues.join()) world.changes.unshift(change);
  }
}

function valuesOf(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.map((one) => (typeof one === "object" ? ((one as { value?: string }).value ?? "") : String(one))).filter((text) => text !== "" && text !== "0");
}

export function clientOf(world: World, id: string): Client {
  const found = world.clients.get(id);
  if (!found) throw refuse("CLIENT_NOT_FOUND", Code.NotFound);
  return found;
}

export function openClient(world: World, id: string): Client {
  const found = clientOf(world, id);
  if (found.archivedAt) throw refuse("CLIENT_ARCHIVED", Code.FailedPrecondition);
  return found;
}

export function clientChanged(world: World, client: Client): void {
  world.event({ area: "crm", what: { case: "clientChanged", value: { clientId: client.clientId, revision: BigInt(client.etag) } } });
}

export function nameOf(parts: { surname: string; givenName: string; patronymic: string }): string {
  return [parts.surname, parts.givenName, parts.patronymic].filter(Boolean).join(" ");
}

export function contacts(router: ConnectRouter, world: World): void {
  const of = (id: string): Contact => {
    const found = world.contacts.get(id);
    if (!found) throw refuse("CONTACT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const keep = (contact: Contact): { contact: Contact } => {
    contact.name = nameOf(contact);
    contact.updatedAt = stamp(Date.now());
    for (const address of contact.addresses) address.display = address.value;
    world.contacts.set(contact.contactId, contact);
    world.event({ area: "crm", what: { case: "contactChanged", value: { contactId: contact.contactId, clientId: contact.clientId, revision: BigInt(contact.etag) } } });
    return { contact };
  };
  const makeMain = (clientId: string, contactId: string): void => {
    const client = clientOf(world, clientId);
    client.mainContactId = contactId;
    client.etag = String(Number(client.etag) + 1);
    clientChanged(world, client);
  };
  router.service(ContactService, {
    listContacts(request) {
      const all = [...world.contacts.values()].filter((contact) => contact.clientId === request.clientId && !contact.mergedIntoContactId && (request.withArchived || !contact.archivedAt));
      const { items, nextPageToken } = page(all, request);
      return { contacts: items, nextPageToken };
    },
    getContact: ({ contactId }) => ({ contact: of(contactId) }),
    createContact({ requestId, contact, main, force }, context) {
      const client = openClient(world, contact?.clientId ?? "");
      if (!contact || !nameOf(contact)) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "contact.surname" });
      const candidates = force ? [] : beforeCreateContact(world, contact);
      if (candidates.length > 0) return { candidates };
      const first = ![...world.contacts.values()].some((other) => other.clientId === client.clientId);
      const made = keep(create(ContactSchema, { ...contact, contactId: requestId, etag: "1", authorEmployeeId: world.caller(context).employeeId, createdAt: stamp(Date.now()) }));
      if (main || first) makeMain(client.clientId, requestId);
      return made;
    },
    updateContact({ contact, updateMask }, context) {
      const known = of(contact?.contactId ?? "");
      openClient(world, known.clientId);
      const next = changed(ContactSchema, known, contact, updateMask?.paths ?? []);
      remember(world, world.caller(context).employeeId, known, next, updateMask?.paths ?? []);
      return keep(next);
    },
    archiveContact({ contactId, etag }) {
      const known = of(contactId);
      if (clientOf(world, known.clientId).mainContactId === contactId) makeMain(known.clientId, "");
      return keep({ ...changed(ContactSchema, known, { etag }, []), archivedAt: stamp(Date.now()) });
    },
    restoreContact({ contactId, etag }) {
      const { archivedAt: _, ...rest } = changed(ContactSchema, of(contactId), { etag }, []);
      return keep(create(ContactSchema, rest));
    },
  });
}

export function contracts(router: ConnectRouter, world: World): void {
  const keep = (contract: Contract): { contract: Contract } => {
    if (contract.isMain) for (const other of world.contracts.values()) if (other.clientId === contract.clientId && other.contractId !== contract.contractId) other.isMain = false;
    world.contracts.set(contract.contractId, contract);
    return { contract };
  };
  router.service(ContractService, {
    listContracts: ({ clientId, withArchived }) => ({
      contracts: [...world.contracts.values()].filter((contract) => contract.clientId === clientId && (withArchived || !contract.archived)).sort((a, b) => Number(b.isMain) - Number(a.isMain)),
    }),
    createContract({ requestId, contract }) {
      openClient(world, contract?.clientId ?? "");
      return keep(create(ContractSchema, { ...contract, contractId: requestId, etag: "1", createdAt: stamp(Date.now()) } as Contract));
    },
    updateContract({ contract, updateMask }) {
      const known = world.contracts.get(contract?.contractId ?? "");
      if (!known) throw refuse("CONTRACT_NOT_FOUND", Code.NotFound);
      return keep(changed(ContractSchema, known, contract, updateMask?.paths ?? []));
    },
  });
}

