import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type Client, type ClientPotential, ClientPotentialSchema, WorkStatus } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { DirectoryKind } from "../../src/gen/okno/crm/v1/directory_service_pb.ts";
import { FieldObject, FieldType } from "../../src/gen/okno/crm/v1/field_service_pb.ts";
import { type Potential, PotentialDepartmentSchema, PotentialFactorSchema, type PotentialOverride, PotentialOverrideSchema, PotentialPeriod, PotentialRecountSchema, PotentialRecountState, PotentialSchema, PotentialService, type PotentialSettings, PotentialSettingsSchema } from "../../src/gen/okno/crm/v1/potential_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";
import { camel, clientChanged, clientOf, openClient } from "./cards.ts";
import { onlyAdministrators } from "./employees.ts";
import { page } from "./page.ts";

const OWN = ["kind", "industry_id", "segment_id", "headcount_id", "workplaces_id", "region_id", "holding_id", "importance", "work_status", "solvency"];
const CUSTOM = "custom_values:";
const DISCRETE = new Set([FieldType.YES_NO, FieldType.LIST]);

/** Settings and what is set by hand of the company in memory, by world. */
type State = { settings: PotentialSettings; byHand: Map<string, PotentialOverride> };
const stateOf = new WeakMap<World, State>();

function state(world: World): State {
  const known = stateOf.get(world);
  if (known) return known;
  const entry = (kind: DirectoryKind, index: number): string => [...world.entries.values()].filter((one) => one.kind === kind)[index]?.entryId ?? "";
  const weights = [
    { field: "importance", value: "2", weight: "1.5" },
    { field: "importance", value: "4", weight: "3" },
    { field: "segment_id", value: entry(DirectoryKind.SEGMENT, 1), weight: "1.4" },
    { field: "headcount_id", value: entry(DirectoryKind.HEADCOUNT, 1), weight: "0.8" },
    { field: "industry_id", value: entry(DirectoryKind.INDUSTRY, 1), weight: "1.2" },
  ];
  // Not of the company: who has nobody to answer for them has no potential.
  const roots = [...world.departments.values()].filter(({ parentDepartmentId }) => !parentDepartmentId).map(({ departmentId }) => departmentId);
  const settings = create(PotentialSettingsSchema, { etag: "1", period: PotentialPeriod.YEAR, fields: ["industry_id", "segment_id", "headcount_id", "importance"], departments: [{ departmentId: "", weights }, ...roots.map((departmentId) => ({ departmentId, baseAmount: "1200000.00" }))] });
  const made = { settings, byHand: new Map<string, PotentialOverride>() };
  stateOf.set(world, made);
  return made;
}

function available(world: World): string[] {
  const custom = [...world.customFields.values()].filter(({ object, type, archived }) => object === FieldObject.CLIENT && DISCRETE.has(type) && !archived);
  return [...OWN, ...custom.map(({ fieldId }) => `${CUSTOM}${fieldId}`)];
}

function valueOf(client: Client, field: string): string {
  if (!field.startsWith(CUSTOM)) return String((client as unknown as Record<string, unknown>)[camel(field)] || "");
  const found = client.customValues.find(({ fieldId }) => fieldId === field.slice(CUSTOM.length))?.value;
  return found?.value === undefined ? "" : String(found.value);
}

/** The department in which a client counts, those above it, and the company. */
function chain(world: World, client: Client): string[] {
  const found: string[] = [];
  for (let at = world.employees.get(client.responsibleEmployeeId)?.departmentIds[0]; at && !found.includes(at); at = world.departments.get(at)?.parentDepartmentId) found.push(at);
  return [...found, ""];
}

/** What a client in memory comes to, by the formula of the real service. */
export function potential(world: World, client: Client): Potential {
  const { settings, byHand } = state(world);
  const units = chain(world, client).map((id) => settings.departments.find(({ departmentId }) => departmentId === id) ?? create(PotentialDepartmentSchema, { departmentId: id }));
  const base = units.find(({ baseAmount }) => baseAmount !== undefined);
  const factors = settings.fields.flatMap((field) => {
    const value = valueOf(client, field);
    if (!value) return [];
    const found = units.flatMap(({ departmentId, weights }) => weights.filter((one) => one.field === field && one.value === value).map(({ weight }) => ({ weight, departmentId })))[0];
    return [create(PotentialFactorSchema, { field, value, weight: found?.weight ?? "1", departmentId: found?.departmentId ?? "", unset: !found })];
  });
  const counted = base && (Number(base.baseAmount) * factors.reduce((product, { weight }) => product * Number(weight), 1)).toFixed(2);
  const set = byHand.get(client.clientId);
  const amount = set?.amount ?? counted;
  return create(PotentialSchema, {
    clientId: client.clientId,
    ...(amount === undefined ? {} : { amount }),
    ...(base?.baseAmount === undefined || counted === undefined ? {} : { counted, baseAmount: base.baseAmount, baseDepartmentId: base.departmentId }),
    period: settings.period,
    countedAt: stamp(Date.now() - 60_000),
    departmentId: units[0]?.departmentId ?? "",
    factors,
    ...(set ? { byHand: set } : {}),
  });
}

export function potentialsOf(world: World, clients: readonly Client[]): ClientPotential[] {
  return clients.flatMap((client) => {
    const { amount, byHand } = potential(world, client);
    return amount === undefined ? [] : [create(ClientPotentialSchema, { clientId: client.clientId, amount, byHand: byHand !== undefined })];
  });
}

/** Largest first, those without one last. */
export function byPotential(world: World): (a: Client, b: Client) => number {
  const amount = (client: Client): number => Number(potential(world, client).amount ?? -1);
  return (a, b) => amount(b) - amount(a);
}

/** The settings, what clients come to, and recounts, for the clients in memory. */
export function potentials(router: ConnectRouter, world: World): void {
  let recount = create(PotentialRecountSchema, { recountId: newId(), state: PotentialRecountState.DONE, percent: 100, clients: 320n, clientsTotal: 320n, startedAt: stamp(Date.now() - 60_000), endedAt: stamp(Date.now()) });
  const shown = () => ({ ...state(world).settings, availableFields: available(world) });
  const keep = (clientId: string): { potential: Potential } => {
    const client = clientOf(world, clientId);
    client.etag = String(Number(client.etag) + 1);
    clientChanged(world, client);
    return { potential: potential(world, client) };
  };
  router.service(PotentialService, {
    getPotentialSettings: () => ({ settings: shown() }),
    updatePotentialSettings({ settings: wanted, updateMask }, context) {
      const known = state(world);
      const paths = new Set(updateMask?.paths);
      const me = world.caller(context);
      const heads = me.roles.includes(Role.HEAD) && !paths.has("fields") && !paths.has("period") && wanted?.departments.every(({ departmentId }) => me.departmentIds.includes(departmentId));
      if (!heads) onlyAdministrators(world, context);
      if (!wanted || wanted.etag !== known.settings.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const named = new Set(wanted.departments.map(({ departmentId }) => departmentId));
      const two = (amount: string | undefined) => (amount === undefined ? {} : { baseAmount: Number(amount).toFixed(2) });
      const own = wanted.departments.filter(({ baseAmount, weights }) => baseAmount !== undefined || weights.length > 0).map((one) => create(PotentialDepartmentSchema, { departmentId: one.departmentId, ...two(one.baseAmount), weights: one.weights }));
      known.settings = create(PotentialSettingsSchema, {
        etag: String(Number(known.settings.etag) + 1),
        period: paths.has("period") ? wanted.period : known.settings.period,
        fields: paths.has("fields") ? wanted.fields : known.settings.fields,
        departments: paths.has("departments") ? [...known.settings.departments.filter(({ departmentId }) => !named.has(departmentId)), ...own] : known.settings.departments,
      });
      recount = create(PotentialRecountSchema, { ...recount, recountId: newId(), state: PotentialRecountState.DONE });
      return { settings: shown(), recount };
    },
    startPotentialRecount({ requestId }, context) {
      onlyAdministrators(world, context);
      recount = create(PotentialRecountSchema, { ...recount, recountId: requestId, state: PotentialRecountState.RUNNING, percent: 40, clients: 128n });
      return { recount };
    },
    stopPotentialRecount(_, context) {
      onlyAdministrators(world, context);
      recount = create(PotentialRecountSchema, { ...recount, state: PotentialRecountState.STOPPED });
      return { recount };
    },
    resumePotentialRecount(_, context) {
      onlyAdministrators(world, context);
      recount = create(PotentialRecountSchema, { ...recount, state: PotentialRecountState.DONE, percent: 100, clients: recount.clientsTotal });
      return { recount };
    },
    getPotentialRecount: () => ({ recount }),
    getClientPotential: ({ clientId }) => ({ potential: potential(world, clientOf(world, clientId)) }),
    setPotential({ clientId, byHand }, context) {
      openClient(world, clientId);
      if (!byHand?.reason.trim()) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "by_hand.reason" });
      state(world).byHand.set(clientId, create(PotentialOverrideSchema, { ...byHand, amount: Number(byHand.amount).toFixed(2), authorEmployeeId: world.caller(context).employeeId, setAt: stamp(Date.now()) }));
      return keep(clientId);
    },
    clearPotential({ clientId }) {
      openClient(world, clientId);
      state(world).byHand.delete(clientId);
      return keep(clientId);
    },
    listPotentialGaps(request) {
      const found = new Map<string, { field: string; value: string; clients: bigint }>();
      for (const client of counting(world)) {
        for (const { field, value, unset } of potential(world, client).factors) {
          if (!unset) continue;
          const key = `${field} ${value}`;
          found.set(key, { field, value, clients: (found.get(key)?.clients ?? 0n) + 1n });
        }
      }
      const { items, nextPageToken } = page([...found.values()].sort((a, b) => Number(b.clients - a.clients)), request);
      return { gaps: items, nextPageToken };
    },
  });
}

/** Those that checks and reports tell of. */
export function counting(world: World): Client[] {
  return [...world.clients.values()].filter((client) => !client.archivedAt && !client.mergedIntoClientId && client.workStatus !== WorkStatus.LOST);
}
