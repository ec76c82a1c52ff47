import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { type Client, ClientSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { type Erasure, ErasureSchema, ErasureState, type PersonalCount, PersonalCountSchema, PersonalDataService, PersonalDataSettingsSchema, type PersonalExport, PersonalExportSchema, PersonalExportState } from "../../src/gen/okno/crm/v1/personal_data_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";
import { clientChanged, clientOf } from "./cards.ts";
import { onlyAdministrators } from "./employees.ts";

const DAY = 86_400_000;

/** Erasures and exports over the clients in memory: counted, approved by another one above the limit, done at the next looks. */
export function personal(router: ConnectRouter, world: World): void {
  const colleague = [...world.employees.values()].find(({ roles }) => !roles.includes(Role.ADMINISTRATOR));
  let settings = create(PersonalDataSettingsSchema, { etag: "1", approveAbove: 500n, exportDays: 7, raisedByEmployeeId: colleague?.employeeId ?? "", approveAboveBefore: 100n });
  const all: Erasure[] = seed();
  const exports: PersonalExport[] = [];
  const exportOf = (id: string): PersonalExport => {
    const found = exports.find(({ exportId }) => exportId === id);
    if (!found) throw refuse("EXPORT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const mustBe = (one: PersonalExport, state: PersonalExportState): void => {
    if (one.state !== state) throw refuse("EXPORT_STATE", Code.FailedPrecondition, { state: PersonalExportState[one.state].toLowerCase() });
  };
  /** A third of it at each look. */
  const pack = (): void => {
    for (const one of exports.filter(({ state }) => state === PersonalExportState.RUNNING)) {
      const before = one.packed.find(({ kind }) => kind === "message")?.count ?? 0n;
      one.packed = one.seen.map(({ kind, count }) => create(PersonalCountSchema, { kind, count: kind === "message" ? (before + count / 3n + 1n > count ? count : before + count / 3n + 1n) : count }));
      one.sizeBytes += 640_000n;
      const done = one.packed.every(({ kind, count }) => count === one.seen.find((seen) => seen.kind === kind)?.count);
      if (done) Object.assign(one, { state: PersonalExportState.READY, readyAt: stamp(Date.now()), removedAt: stamp(Date.now() + settings.exportDays * DAY) });
    }
  };
  const approveAbove = (context: HandlerContext): bigint => (world.caller(context).employeeId === settings.raisedByEmployeeId ? settings.approveAboveBefore : settings.approveAbove);
  const named = (client: Client): Client => (client.mergedIntoClientId ? clientOf(world, client.mergedIntoClientId) : client);
  const counts = (client: Client): PersonalCount[] => {
    const contacts = [...world.contacts.values()].filter((one) => one.clientId === client.clientId).length;
    const found: [string, number][] = [
      ["client", 1],
      ["contact", contacts],
      ["address", client.addresses.length],
      ["contact_point", client.contactPointIds.length],
      ["conversation", client.contactPointIds.length],
      ["message", client.contactPointIds.length * 24],
    ];
    return found.filter(([, n]) => n > 0).map(([kind, n]) => create(PersonalCountSchema, { kind, count: BigInt(n) }));
  };
  const sum = (counted: readonly PersonalCount[]): bigint => counted.reduce((total, one) => total + one.count, 0n);
  const confirmed = (client: Client, seen: bigint): PersonalCount[] => {
    const counted = counts(client);
    if (sum(counted) !== seen) throw refuse("ERASURE_COUNT_CHANGED", Code.FailedPrecondition, { records: String(sum(counted)) });
    return counted;
  };
  const found = (id: string): Erasure => {
    const erasure = all.find(({ erasureId }) => erasureId === id);
    if (!erasure) throw refuse("ERASURE_NOT_FOUND", Code.NotFound);
    return erasure;
  };
  const mustWait = (erasure: Erasure): void => {
    if (erasure.state !== ErasureState.WAITING) throw refuse("ERASURE_STATE", Code.FailedPrecondition, { state: ErasureState[erasure.state].toLowerCase() });
  };
  const goOn = (): void => {
    for (const erasure of all.filter(({ state }) => state === ErasureState.RUNNING)) {
      const client = world.clients.get(erasure.clientId);
      if (client) {
        const left = create(ClientSchema, { clientId: client.clientId, etag: String(Number(client.etag) + 1), name: "—", kind: client.kind, createdAt: client.createdAt, archivedAt: stamp(Date.now()) });
        world.clients.set(client.clientId, left);
        clientChanged(world, left);
      }
      Object.assign(erasure, { state: ErasureState.DONE, erased: erasure.seen, endedAt: stamp(Date.now()), identifiersSha256: "5f".repeat(32) });
    }
  };
  router.service(PersonalDataService, {
    previewErasure({ clientId }, context) {
      onlyAdministrators(world, context);
      const client = named(clientOf(world, clientId));
      const counted = counts(client);
      const underWay = all.find((one) => one.clientId === client.clientId && (one.state === ErasureState.WAITING || one.state === ErasureState.RUNNING));
      return { counts: counted, records: sum(counted), needsApproval: sum(counted) > approveAbove(context), clientId: client.clientId, clientName: client.name, erasure: underWay };
    },
    requestErasure({ requestId, clientId, recordsSeen }, context) {
      onlyAdministrators(world, context);
      const client = named(clientOf(world, clientId));
      const seen = confirmed(client, recordsSeen);
      const state = recordsSeen > approveAbove(context) ? ErasureState.WAITING : ErasureState.RUNNING;
      const erasure = create(ErasureSchema, { erasureId: requestId, state, clientId: client.clientId, seen, records: recordsSeen, askedByEmployeeId: world.caller(context).employeeId, askedAt: stamp(Date.now()) });
      all.unshift(erasure);
      return { erasure };
    },
    approveErasure({ erasureId, recordsSeen }, context) {
      onlyAdministrators(world, context);
      const erasure = found(erasureId);
      mustWait(erasure);
      const { employeeId } = world.caller(context);
      if (erasure.askedByEmployeeId === employeeId) throw refuse("ERASURE_NEEDS_ANOTHER", Code.PermissionDenied);
      const seen = confirmed(clientOf(world, erasure.clientId), recordsSeen);
      Object.assign(erasure, { state: ErasureState.RUNNING, seen, records: recordsSeen, approvedByEmployeeId: employeeId, approvedAt: stamp(Date.now()) });
      return { erasure };
    },
    callOffErasure({ erasureId }, context) {
      onlyAdministrators(world, context);
      const erasure = found(erasureId);
      if (erasure.state !== ErasureState.CALLED_OFF) mustWait(erasure);
      Object.assign(erasure, { state: ErasureState.CALLED_OFF, endedAt: stamp(Date.now()) });
      return { erasure };
    },
    getErasure({ erasureId }, context) {
      onlyAdministrators(world, context);
      goOn();
      return { erasure: found(erasureId) };
    },
    listErasures(_, context) {
      onlyAdministrators(world, context);
      const erasures = all.map((one) => create(ErasureSchema, one));
      goOn();
      return { erasures };
    },
    requestPersonalExport({ requestId, clientId }, context) {
      onlyAdministrators(world, context);
      const client = named(clientOf(world, clientId));
      const there = exports.find(({ exportId }) => exportId === requestId);
      if (there) return { export: there };
      if (exports.some((one) => one.clientId === client.clientId && one.state === PersonalExportState.RUNNING)) throw refuse("EXPORT_STATE", Code.FailedPrecondition, { state: "running" });
      const made = create(PersonalExportSchema, { exportId: requestId, state: PersonalExportState.RUNNING, clientId: client.clientId, seen: counts(client), askedByEmployeeId: world.caller(context).employeeId, askedAt: stamp(Date.now()) });
      exports.unshift(made);
      return { export: made };
    },
    getPersonalExport({ exportId }, context) {
      onlyAdministrators(world, context);
      pack();
      return { export: exportOf(exportId) };
    },
    listPersonalExports({ clientId }, context) {
      onlyAdministrators(world, context);
      const found = exports.filter((one) => !clientId || one.clientId === clientId).map((one) => create(PersonalExportSchema, one));
      pack();
      return { exports: found };
    },
    removePersonalExport({ exportId }, context) {
      onlyAdministrators(world, context);
      const found = exportOf(exportId);
      if (found.state !== PersonalExportState.REMOVED) Object.assign(found, { state: PersonalExportState.REMOVED, removedAt: stamp(Date.now()) });
      return { export: found };
    },
    createPersonalExportLink({ exportId }, context) {
      onlyAdministrators(world, context);
      const found = exportOf(exportId);
      mustBe(found, PersonalExportState.READY);
      Object.assign(found, { downloads: found.downloads + 1, downloadedAt: stamp(Date.now()) });
      return { path: `/exports/${exportId}/in-memory`, expiresAt: stamp(Date.now() + 5 * 60_000) };
    },
    getPersonalDataSettings(_, context) {
      onlyAdministrators(world, context);
      return { settings };
    },
    updatePersonalDataSettings({ settings: wanted }, context) {
      onlyAdministrators(world, context);
      if (wanted?.etag !== settings.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const before = approveAbove(context);
      const { raisedByEmployeeId, approveAboveBefore } = settings;
      const confirms = wanted.approveAbove !== settings.approveAbove || wanted.exportDays === settings.exportDays;
      const raised = !confirms ? { raisedByEmployeeId, approveAboveBefore } : wanted.approveAbove > before ? { raisedByEmployeeId: world.caller(context).employeeId, approveAboveBefore: before } : {};
      settings = create(PersonalDataSettingsSchema, { approveAbove: wanted.approveAbove, exportDays: wanted.exportDays || settings.exportDays, etag: String(Number(settings.etag) + 1), ...raised });
      return { settings };
    },
  });
}

/** What an office has behind it: one that is proven. */
function seed(): Erasure[] {
  const seen = Object.entries({ client: 1, address: 2, contact_point: 1, conversation: 1, message: 31 }).map(([kind, n]) => create(PersonalCountSchema, { kind, count: BigInt(n) }));
  const [askedAt, endedAt] = [stamp(Date.now() - 3 * DAY), stamp(Date.now() - 3 * DAY + 4_000)];
  return [create(ErasureSchema, { erasureId: newId(), state: ErasureState.DONE, clientId: newId(), seen, erased: seen, records: 36n, askedAt, endedAt, identifiersSha256: "0c".repeat(32) })];
}
