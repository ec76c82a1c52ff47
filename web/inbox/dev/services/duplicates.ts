import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { AddressKind, type Client, type ClientAddress, ClientSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import type { Contact } from "../../src/gen/okno/crm/v1/contact_service_pb.ts";
import { type DuplicateCandidate, DuplicateCandidateSchema, DuplicateKind, MatchRule } from "../../src/gen/okno/crm/v1/duplicate_pb.ts";
import { type DuplicateGroup, DuplicateGroupSchema, type DuplicateSearch, DuplicateSearchSchema, DuplicateSearchState, DuplicateService, type MatchRuleSetting, type MatchSettings, MatchSettingsSchema, MatchStrength, type Merge, MergeSchema, type MergeClientsRequest } from "../../src/gen/okno/crm/v1/duplicate_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { camel, clientChanged, clientOf } from "./cards.ts";
import { goOnAmong, likelyPeople, mergePeople, People, standingPeople, undoPeople } from "./people.ts";
import { page } from "./page.ts";

// Doubles as the page needs them: fewer rules than the real service has, the same answers.

const DAY = 86_400_000;
const KEPT_DAYS = 30;
const STEP = 30;
const STRENGTHS: Partial<Record<MatchRule, MatchStrength>> = {
  [MatchRule.INN]: MatchStrength.HARD,
  [MatchRule.PHONE]: MatchStrength.STRONG,
  [MatchRule.EMAIL]: MatchStrength.STRONG,
  [MatchRule.IDENTITY]: MatchStrength.STRONG,
  [MatchRule.NAME]: MatchStrength.MEDIUM,
  [MatchRule.SIMILAR_NAME]: MatchStrength.WEAK,
  [MatchRule.BIRTHDAY]: MatchStrength.MEDIUM,
};
const WEIGHTS = [0, 0.3, 0.5, 0.75, 0.97];
/** Fields of which the original keeps one; the others are lists. */
const SINGLE = ["name", "responsible_employee_id", "comment", "working_name", "inn", "kpp", "ogrn", "okpo", "registered_on", "industry_id", "segment_id", "headcount_id", "workplaces_id", "region_id", "holding_id", "importance", "work_status", "solvency"];

type Pair = { clientId: string; otherClientId: string; matched: MatchRule[]; duplicate: boolean; score: number };
type Undone = { clients: Client[]; contacts: string[]; contracts: string[] };

/** What the service remembers besides clients. */
class Doubles {
  settings = create(MatchSettingsSchema, { etag: "1", clientRules: rules(), contactRules: rules().filter(({ rule }) => rule !== MatchRule.INN) });
  search: DuplicateSearch | undefined;
  groups: DuplicateGroup[] = [];
  merges: Merge[] = [];
  before = new Map<string, Undone>();
  different = new Set<string>();
  readonly people = new People();
}

function rules(): { rule: MatchRule; strength: MatchStrength }[] {
  return Object.entries(STRENGTHS).map(([rule, strength]) => ({ rule: Number(rule), strength }));
}

const ofWorld = new WeakMap<World, Doubles>();

function doublesOf(world: World): Doubles {
  const known = ofWorld.get(world) ?? new Doubles();
  ofWorld.set(world, known);
  return known;
}

/** Who a client that is to be made may be already, where that is asked for. */
export function beforeCreate(world: World, client: Client | undefined): DuplicateCandidate[] {
  const doubles = doublesOf(world);
  return client && doubles.settings.checkOnCreate ? candidates(world, doubles, client) : [];
}

/** The same of a contact. */
export function beforeCreateContact(world: World, contact: Contact | undefined): DuplicateCandidate[] {
  const doubles = doublesOf(world);
  return contact && doubles.settings.checkContactsOnCreate ? likelyPeople(world, doubles.settings, doubles.people, contact) : [];
}

function candidates(world: World, doubles: Doubles, draft: Client): DuplicateCandidate[] {
  return [...world.clients.values()]
    .filter((client) => client.clientId !== draft.clientId && !client.mergedIntoClientId)
    .flatMap((client) => {
      const pair = compare(doubles, draft, client);
      if (!pair || doubles.different.has(pairKey(draft.clientId, client.clientId))) return [];
      const canOpen = !world.closed.has(client.clientId);
      return [create(DuplicateCandidateSchema, { clientId: client.clientId, name: canOpen ? client.name : "", responsibleEmployeeId: client.responsibleEmployeeId, matched: pair.matched, duplicate: pair.duplicate, score: pair.score, canOpen })];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, 20);
}

export type Matched = Pick<Pair, "matched" | "duplicate" | "score">;
type Compared = { name: string; inn?: string; addresses: readonly ClientAddress[] };

function compare({ settings }: Doubles, one: Client, other: Client): Pair | undefined {
  const found = likeness(settings, settings.clientRules, one, other);
  return found && { clientId: one.clientId, otherClientId: other.clientId, ...found };
}

/** What two of a kind share under these rules. */
export function likeness(settings: MatchSettings, rules: readonly MatchRuleSetting[], one: Compared, other: Compared): Matched | undefined {
  const common = (kind: AddressKind, read: (value: string) => string): boolean => {
    const values = (side: Compared): string[] => side.addresses.filter((address) => address.kind === kind).map(({ value }) => read(value)).filter((value) => value !== "" && !settings.sharedAddresses.includes(value));
    return values(one).some((value) => values(other).includes(value));
  };
  const found: Partial<Record<MatchRule, boolean>> = {
    [MatchRule.INN]: Boolean(one.inn) && one.inn === other.inn,
    [MatchRule.PHONE]: common(AddressKind.PHONE, (value) => value.replaceAll(/\D/gu, "")),
    [MatchRule.EMAIL]: common(AddressKind.EMAIL, (value) => value.toLowerCase()),
    [MatchRule.NAME]: bare(one.name) === bare(other.name),
  };
  const matched = rules.filter(({ rule }) => found[rule]);
  // A name alone makes nobody a candidate here: the list of samples is full of likenesses.
  if (matched.every(({ rule }) => rule === MatchRule.NAME)) return undefined;
  return { matched: matched.map(({ rule }) => rule), duplicate: isDuplicate(matched), score: Math.round(100 * (1 - matched.reduce((left, { strength }) => left * (1 - (WEIGHTS[strength] ?? 0)), 1))) };
}

function isDuplicate(matched: readonly MatchRuleSetting[]): boolean {
  return matched.some(({ strength }) => strength === MatchStrength.HARD) || matched.filter(({ strength }) => strength === MatchStrength.STRONG).length > 1;
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/\b(?:ооо|ао|ип)\b|(?:^|\s)(?:ооо|ао|ип)(?=\s|$|,)|[«»",.]/gu, " ").trim().split(/\s+/u).sort().join(" ");
}

export function pairKey(one: string, other: string): string {
  return [one, other].sort().join(" ");
}

export function duplicates(router: ConnectRouter, world: World): void {
  const doubles = doublesOf(world);
  const decides = (context: HandlerContext): string => {
    const { employeeId, roles } = world.caller(context);
    if (!roles.includes(Role.ADMINISTRATOR) && !roles.includes(Role.HEAD)) throw refuse("PERMISSION", Code.PermissionDenied);
    return employeeId;
  };
  const searchOf = (id: string, kind = DuplicateKind.UNSPECIFIED): DuplicateSearch => {
    const newest = kind === DuplicateKind.CONTACT ? doubles.people.search : doubles.search;
    const found = id ? [doubles.search, doubles.people.search].find((search) => search?.searchId === id) : newest;
    if (!found) throw refuse("DUPLICATE_SEARCH_NOT_FOUND", Code.NotFound);
    return found;
  };
  router.service(DuplicateService, {
    getMatchSettings: () => ({ settings: doubles.settings }),
    updateMatchSettings({ settings }, context) {
      if (!world.caller(context).roles.includes(Role.ADMINISTRATOR)) throw refuse("PERMISSION", Code.PermissionDenied);
      if (!settings || settings.etag !== doubles.settings.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const shared = settings.sharedAddresses.map((typed) => (typed.includes("@") ? typed.toLowerCase() : typed.replaceAll(/\D/gu, "")));
      if (shared.some((value) => value === "")) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "settings.shared_addresses" });
      doubles.settings = create(MatchSettingsSchema, { ...settings, sharedAddresses: [...new Set(shared)].sort(), etag: String(Number(settings.etag) + 1) });
      return { settings: doubles.settings };
    },
    checkDuplicates: ({ client, contact }) => ({ candidates: client ? candidates(world, doubles, client) : contact ? likelyPeople(world, doubles.settings, doubles.people, contact) : [] }),
    startDuplicateSearch({ requestId, kind }, context) {
      const authorEmployeeId = decides(context);
      if (kind === DuplicateKind.CONTACT) {
        doubles.people.search = create(DuplicateSearchSchema, { searchId: requestId, kind, state: DuplicateSearchState.READING, authorEmployeeId, startedAt: stamp(Date.now()) });
        return { search: doubles.people.search };
      }
      if (doubles.search && doubles.search.state !== DuplicateSearchState.DONE) throw refuse("DUPLICATE_SEARCH_RUNNING", Code.FailedPrecondition);
      doubles.search = create(DuplicateSearchSchema, { searchId: requestId, state: DuplicateSearchState.READING, authorEmployeeId, startedAt: stamp(Date.now()) });
      doubles.groups = [];
      return { search: doubles.search };
    },
    // Each time somebody looks it has gone a step on.
    getDuplicateSearch({ searchId, kind }, context) {
      decides(context);
      const search = searchOf(searchId, kind);
      if (search.state !== DuplicateSearchState.DONE && search.kind === DuplicateKind.CONTACT) goOnAmong(world, doubles.settings, doubles.people, search);
      else if (search.state !== DuplicateSearchState.DONE) goOn(world, doubles, search);
      return { search };
    },
    listDuplicateGroups(request, context) {
      decides(context);
      const of = searchOf(request.searchId).kind === DuplicateKind.CONTACT ? standingPeople(world, doubles.people) : standing(world, doubles);
      const { items, nextPageToken } = page(of.filter((group) => group.duplicate || !request.duplicatesOnly), request, 20);
      return { groups: items, nextPageToken };
    },
    markNotDuplicates({ clientIds, contactIds }) {
      for (const one of contactIds) for (const other of contactIds) if (one !== other) doubles.people.different.add(pairKey(one, other));
      for (const one of clientIds) for (const other of clientIds) if (one !== other) doubles.different.add(pairKey(one, other));
      return {};
    },
    mergeClients: (request, context) => ({ merge: merge(world, doubles, request, world.caller(context).employeeId) }),
    mergeContacts: (request, context) => ({ merge: mergePeople(world, doubles.people, request, world.caller(context).employeeId) }),
    undoMerge: ({ mergeId }) => ({ merge: undoPeople(world, doubles.people, mergeId) ?? undo(world, doubles, mergeId) }),
    listMerges(request) {
      const all = request.kind === DuplicateKind.CONTACT ? doubles.people.merges : doubles.merges.filter(({ clientId, otherClientIds }) => !request.clientId || [clientId, ...otherClientIds].includes(request.clientId));
      const { items, nextPageToken } = page(all, request, 20);
      return { merges: items, nextPageToken };
    },
  });
}

function goOn(world: World, doubles: Doubles, search: DuplicateSearch): void {
  search.percent = Math.min(100, search.percent + STEP);
  search.state = search.percent === 100 ? DuplicateSearchState.DONE : search.percent > STEP ? DuplicateSearchState.COMPARING : DuplicateSearchState.READING;
  search.clients = BigInt(Math.round((world.clients.size * Math.min(100, search.percent * 2)) / 100));
  if (search.state !== DuplicateSearchState.DONE) return;
  doubles.groups = found(world, doubles);
  search.pairs = BigInt(doubles.groups.reduce((sum, { pairs }) => sum + pairs.length, 0));
  search.groups = BigInt(doubles.groups.length);
  search.endedAt = stamp(Date.now());
}

/** Who hangs together by pairs. */
function found(world: World, doubles: Doubles): DuplicateGroup[] {
  const all = [...world.clients.values()].filter((client) => !client.mergedIntoClientId && !client.archivedAt);
  const pairs = all.flatMap((one, index) => all.slice(index + 1).flatMap((other) => compare(doubles, one, other) ?? []));
  const root = new Map<string, string>();
  const rootOf = (id: string): string => (root.get(id) === undefined ? id : rootOf(root.get(id)!));
  for (const { clientId, otherClientId } of pairs) {
    const [one, other] = [rootOf(clientId), rootOf(otherClientId)];
    if (one !== other) root.set(other, one);
  }
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(rootOf(pair.clientId), [...(groups.get(rootOf(pair.clientId)) ?? []), pair]);
  return [...groups.values()].map((of) => group(world, of)).sort((a, b) => b.score - a.score);
}

function group(world: World, pairs: readonly Pair[]): DuplicateGroup {
  const ids = [...new Set(pairs.flatMap(({ clientId, otherClientId }) => [clientId, otherClientId]))];
  const members = ids.map((clientId) => {
    const client = clientOf(world, clientId);
    const canOpen = !world.closed.has(clientId);
    return { clientId, name: canOpen ? client.name : "", responsibleEmployeeId: client.responsibleEmployeeId, canOpen };
  });
  return create(DuplicateGroupSchema, { score: Math.max(...pairs.map(({ score }) => score)), duplicate: pairs.some(({ duplicate }) => duplicate), members, pairs: [...pairs] });
}

/** Without what was merged or called different since. */
function standing(world: World, doubles: Doubles): DuplicateGroup[] {
  return doubles.groups.flatMap(({ pairs }) => {
    const left = pairs.filter(({ clientId, otherClientId }) => !doubles.different.has(pairKey(clientId, otherClientId)) && [clientId, otherClientId].every((id) => !clientOf(world, id).mergedIntoClientId));
    return left.length > 0 ? [group(world, left)] : [];
  });
}

function merge(world: World, doubles: Doubles, request: MergeClientsRequest, authorEmployeeId: string): Merge {
  const known = doubles.merges.find(({ mergeId }) => mergeId === request.requestId);
  if (known) return known;
  const original = clientOf(world, request.clientId);
  const others = request.otherClientIds.map((id) => clientOf(world, id));
  if ([original, ...others].some((client) => client.mergedIntoClientId)) throw refuse("CLIENT_MERGED", Code.Aborted);
  if (request.etag && request.etag !== original.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
  const chosen = new Map(request.choices.map(({ field, clientId }) => [field, clientId]));
  const read = (client: Client, field: string): unknown => client[camel(field) as keyof Client];
  const differ = SINGLE.filter((field) => field !== "name" && !chosen.has(field) && new Set([original, ...others].map((client) => read(client, field)).filter(Boolean)).size > 1);
  if (differ.length > 0) throw refuse("MERGE_CONFLICT", Code.FailedPrecondition, { fields: differ.join(", ") });
  const contacts = [...world.contacts.values()].filter((contact) => request.otherClientIds.includes(contact.clientId));
  const contracts = [...world.contracts.values()].filter((contract) => request.otherClientIds.includes(contract.clientId));
  const count = (kind: string, own: number, moved: number, repeated = 0) => ({ kind, own: BigInt(own), moved: BigInt(moved), repeated: BigInt(repeated), total: BigInt(own + moved - repeated) });
  const known_ = new Set(original.addresses.map(({ value }) => value));
  const theirs = others.flatMap(({ addresses }) => addresses);
  const made = create(MergeSchema, {
    mergeId: request.requestId,
    clientId: request.clientId,
    otherClientIds: request.otherClientIds,
    authorEmployeeId,
    mergedAt: stamp(Date.now()),
    undoUntil: stamp(Date.now() + KEPT_DAYS * DAY),
    counts: [
      count("contact", [...world.contacts.values()].filter(({ clientId }) => clientId === original.clientId).length, contacts.length),
      count("address", original.addresses.length, theirs.length, theirs.filter(({ value }) => known_.has(value)).length),
      count("contract", [...world.contracts.values()].filter(({ clientId }) => clientId === original.clientId).length, contracts.length),
      count("photo", 0, 0),
    ],
  });
  doubles.before.set(made.mergeId, { clients: [original, ...others].map((client) => create(ClientSchema, client)), contacts: contacts.map(({ contactId }) => contactId), contracts: contracts.map(({ contractId }) => contractId) });
  const next = { ...original, etag: String(Number(original.etag) + 1), addresses: [...original.addresses, ...theirs.filter(({ value }) => !known_.has(value))], tagIds: [...new Set([original, ...others].flatMap(({ tagIds }) => tagIds))], updatedAt: stamp(Date.now()) };
  for (const field of SINGLE) {
    const from = others.find(({ clientId }) => clientId === chosen.get(field)) ?? (read(original, field) || chosen.has(field) ? original : (others.find((client) => read(client, field)) ?? original));
    Object.assign(next, { [camel(field)]: read(from, field) });
  }
  for (const one of [...contacts, ...contracts]) one.clientId = original.clientId;
  for (const contract of contracts) contract.isMain = false;
  keep(world, create(ClientSchema, next));
  for (const other of others) keep(world, create(ClientSchema, { ...other, etag: String(Number(other.etag) + 1), mergedIntoClientId: original.clientId }));
  doubles.merges.unshift(made);
  return made;
}

function undo(world: World, doubles: Doubles, mergeId: string): Merge {
  const found = doubles.merges.find((one) => one.mergeId === mergeId);
  const before = doubles.before.get(mergeId);
  if (!found || !before) throw refuse("MERGE_NOT_FOUND", Code.NotFound);
  if (found.undoneAt) return found;
  const etag = String(Number(clientOf(world, found.clientId).etag) + 1);
  for (const client of before.clients) keep(world, create(ClientSchema, { ...client, etag }));
  const [, other] = before.clients;
  for (const id of before.contacts) Object.assign(world.contacts.get(id) ?? {}, { clientId: other?.clientId });
  for (const id of before.contracts) Object.assign(world.contracts.get(id) ?? {}, { clientId: other?.clientId });
  found.undoneAt = stamp(Date.now());
  return found;
}

function keep(world: World, client: Client): void {
  world.clients.set(client.clientId, client);
  clientChanged(world, client);
}
