import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type Client, type ClientFilter, ClientKind, ClientOrder, ClientSchema, ClientService } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { ContractSchema } from "../../src/gen/okno/crm/v1/contract_service_pb.ts";
import type { CustomFilter } from "../../src/gen/okno/crm/v1/field_service_pb.ts";
import { AccessKind } from "../../src/gen/okno/org/v1/access_pb.ts";
import { isInn } from "../../src/features/clients/checks.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";
import { noteAccess } from "./accesses.ts";
import { changed, clientChanged, clientOf, contacts, contracts, nameOf, openClient, remember } from "./cards.ts";
import { consents } from "./consents.ts";
import { directories } from "./directories.ts";
import { beforeCreate, duplicates } from "./duplicates.ts";
import { feed } from "./feed.ts";
import { imports } from "./imports.ts";
import { leads } from "./leads.ts";
import { links } from "./links.ts";
import { page } from "./page.ts";
import { personal } from "./personal.ts";
import { byPotential, potentials, potentialsOf } from "./potential.ts";
import { clientQuality, quality } from "./quality.ts";

const byName = new Intl.Collator("ru", { numeric: true });
const millis = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;

export function crm(router: ConnectRouter, world: World): void {
  contacts(router, world);
  contracts(router, world);
  links(router, world);
  consents(router, world);
  directories(router, world);
  quality(router, world);
  personal(router, world);
  potentials(router, world);
  duplicates(router, world);
  leads(router, world);
  feed(router, world);
  imports(router, world);
  const link = (contactPointId: string, found: Client | undefined): void => {
    for (const conversation of world.conversations.values()) {
      const { person } = conversation;
      if (person?.contactPointId !== contactPointId) continue;
      person.clientId = found?.clientId ?? "";
      person.clientName = found?.name ?? "";
      world.changed(conversation, []);
    }
  };
  const keep = (client: Client): { client: Client } => {
    checked(client);
    if (client.kind === ClientKind.PERSON && !client.name) client.name = nameOf(client);
    for (const address of client.addresses) address.display ||= address.value;
    client.updatedAt = stamp(Date.now());
    client.timeZone = world.entries.get(client.regionId)?.timeZone ?? "";
    world.clients.set(client.clientId, client);
    clientChanged(world, client);
    return { client };
  };
  router.service(ClientService, {
    findClients: ({ query }) => ({ clients: [...world.clients.values()].filter((found) => !found.mergedIntoClientId && found.name.toLowerCase().includes(query.toLowerCase())) }),
    getClient({ clientId }, context) {
      const client = clientOf(world, clientId);
      noteAccess(world, context, AccessKind.CLIENT, clientId);
      const [potential] = potentialsOf(world, [client]);
      return { client, quality: clientQuality(world, client), ...(potential ? { potential } : {}) };
    },
    batchGetClients({ clientIds }) {
      const found = clientIds.flatMap((id) => world.clients.get(id) ?? []);
      return { clients: found, potentials: potentialsOf(world, found) };
    },
    listClients(request) {
      const { items, nextPageToken } = page(listed(world, request.filter, request.order), request);
      return { clients: items, nextPageToken, potentials: potentialsOf(world, items) };
    },
    createClient({ requestId, client: wanted, contactPointId, force }) {
      const known = world.clients.get(requestId);
      if (known) return { client: known };
      const likely = force ? [] : beforeCreate(world, wanted);
      if (likely.length > 0) return { candidates: likely };
      const made = keep(create(ClientSchema, { ...(wanted ?? create(ClientSchema)), clientId: requestId, etag: "1", createdAt: stamp(Date.now()) }));
      const contractId = newId();
      world.contracts.set(contractId, create(ContractSchema, { contractId, etag: "1", clientId: requestId, isMain: true, createdAt: stamp(Date.now()) }));
      if (contactPointId) link(contactPointId, made.client);
      return made;
    },
    updateClient({ client, updateMask }, context) {
      const known = openClient(world, client?.clientId ?? "");
      const paths = updateMask?.paths ?? [];
      const next = changed(ClientSchema, known, client, paths);
      // What a dialog brought stays, whatever is written.
      if (paths.includes("addresses")) next.addresses = [...known.addresses.filter((address) => address.contactPointId), ...next.addresses];
      checked(next);
      remember(world, world.caller(context).employeeId, known, next, paths);
      return keep(next);
    },
    archiveClient: ({ clientId, etag }) => keep({ ...changed(ClientSchema, clientOf(world, clientId), { etag }, []), archivedAt: stamp(Date.now()) }),
    restoreClient({ clientId, etag }) {
      const { archivedAt: _, ...rest } = changed(ClientSchema, clientOf(world, clientId), { etag }, []);
      return keep(create(ClientSchema, rest));
    },
    listClientChanges(request) {
      clientOf(world, request.clientId);
      const all = world.changes.filter((change) => change.clientId === request.clientId && (!request.contactId || change.contactId === request.contactId) && (!request.field || change.field === request.field));
      const { items, nextPageToken } = page(all, request);
      return { changes: items, nextPageToken };
    },
    getClientPhoto({ clientId }) {
      const photo = world.photos.get(clientOf(world, clientId).clientId);
      if (!photo) throw refuse("CLIENT_NOT_FOUND", Code.NotFound);
      return photo;
    },
    setClientPhoto({ clientId, photo }) {
      const client = openClient(world, clientId);
      if (photo.length > 256 * 1024) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "photo" });
      if (photo.length > 0) world.photos.set(clientId, { photo: new Uint8Array(photo), contentType: photo[0] === 0x89 ? "image/png" : photo[0] === 0xff ? "image/jpeg" : "image/webp" });
      else world.photos.delete(clientId);
      return keep(create(ClientSchema, { ...client, hasPhoto: photo.length > 0, etag: String(Number(client.etag) + 1) }));
    },
    linkContactPoint: ({ contactPointId, clientId }) => (link(contactPointId, clientOf(world, clientId)), { client: clientOf(world, clientId) }),
    unlinkContactPoint: ({ contactPointId }) => (link(contactPointId, undefined), {}),
    suggestClients: () => ({ matches: [...world.clients.values()].slice(1, 2).map((found) => ({ client: found, matchedBy: ["phone"] })) }),
  });
}

/** Refused as the real service refuses it, by the name of the field. */
function checked(client: Client): void {
  const wrong = (field: string): never => {
    throw refuse("INVALID_FIELD", Code.InvalidArgument, { field });
  };
  if (!client.name && !nameOf(client)) wrong("client.name");
  if (client.inn && !isInn(client.inn)) wrong("client.inn");
  // A number that the page takes and this service does not.
  if (client.okpo === "00000000") wrong("client.okpo");
}

const ORDERS: Record<number, (a: Client, b: Client) => number> = {
  [ClientOrder.NAME]: (a, b) => byName.compare(a.name, b.name),
  [ClientOrder.CREATED]: (a, b) => millis(b.createdAt) - millis(a.createdAt),
  [ClientOrder.UPDATED]: (a, b) => millis(b.updatedAt) - millis(a.updatedAt),
};

export function listed(world: World, filter: ClientFilter | undefined, order: ClientOrder): Client[] {
  return [...world.clients.values()].filter((client) => fits(client, filter)).sort(order === ClientOrder.POTENTIAL ? byPotential(world) : (ORDERS[order] ?? ORDERS[ClientOrder.NAME]));
}

function fitsOwn(client: Client, { fieldId, test }: CustomFilter): boolean {
  const value = client.customValues.find((one) => one.fieldId === fieldId)?.value;
  const between = <T extends number | string>(of: T, from: T | undefined, to: T | undefined): boolean => (from === undefined || of >= from) && (to === undefined || of <= to);
  switch (test.case) {
    case "filled":
      return (value !== undefined) === test.value;
    case "textPart":
      return value?.case === "text" && value.value.toLowerCase().includes(test.value.toLowerCase());
    case "number":
      return value?.case === "number" && between(value.value, test.value.from, test.value.to);
    case "date":
      return value?.case === "date" && between(value.value, test.value.from || undefined, test.value.to || undefined);
    case "yes":
      return value?.case === "yes" && value.value === test.value;
    case "options":
    case "references":
      return (value?.case === "optionId" || value?.case === "referenceId") && test.value.ids.includes(value.value);
    default:
      return true;
  }
}

function fits(client: Client, filter: ClientFilter | undefined): boolean {
  if (!filter) return !client.archivedAt && !client.mergedIntoClientId;
  const words = filter.query.toLowerCase().split(/\s+/u);
  const text = `${client.name} ${client.workingName} ${client.inn}`.toLowerCase();
  const any = <T>(wanted: readonly T[], has: readonly T[]): boolean => wanted.length === 0 || wanted.some((one) => has.includes(one));
  const people = filter.responsibleEmployeeIds.length === 0 && !filter.withoutResponsible;
  return (
    !client.mergedIntoClientId &&
    Boolean(client.archivedAt) === filter.archived &&
    words.every((word) => text.includes(word)) &&
    (!filter.kind || client.kind === filter.kind) &&
    (people || filter.responsibleEmployeeIds.includes(client.responsibleEmployeeId) || (filter.withoutResponsible && !client.responsibleEmployeeId)) &&
    any(filter.tagIds, client.tagIds) &&
    any(filter.industryIds, [client.industryId]) &&
    any(filter.segmentIds, [client.segmentId]) &&
    any(filter.regionIds, [client.regionId]) &&
    any(filter.holdingIds, [client.holdingId]) &&
    any(filter.importances, [client.importance]) &&
    any(filter.workStatuses, [client.workStatus]) &&
    any(filter.solvencies, [client.solvency]) &&
    any(filter.relations, client.relations) &&
    any(filter.accessLevelIds, client.accessLevelIds) &&
    filter.custom.every((one) => fitsOwn(client, one))
  );
}
