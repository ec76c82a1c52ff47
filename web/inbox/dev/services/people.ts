import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type Contact, ContactSchema } from "../../src/gen/okno/crm/v1/contact_service_pb.ts";
import { type DuplicateCandidate, DuplicateCandidateSchema, DuplicateKind } from "../../src/gen/okno/crm/v1/duplicate_pb.ts";
import { type DuplicateGroup, DuplicateGroupSchema, type DuplicateSearch, DuplicateSearchState, type MatchSettings, type Merge, type MergeContactsRequest, MergeSchema } from "../../src/gen/okno/crm/v1/duplicate_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { camel, clientOf, nameOf } from "./cards.ts";
import { likeness, type Matched, pairKey } from "./duplicates.ts";

// Doubles of contacts, as `duplicates` has those of clients.

const DAY = 86_400_000;
const KEPT_DAYS = 30;
const STEP = 50;
const SINGLE = ["position_id", "role_id", "sex", "birthday", "interests", "comment"];

type Found = Matched & { one: string; other: string };

export class People {
  search: DuplicateSearch | undefined;
  pairs: Found[] = [];
  merges: Merge[] = [];
  before = new Map<string, Contact[]>();
  different = new Set<string>();
}

function contactOf(world: World, id: string): Contact {
  const found = world.contacts.get(id);
  if (!found) throw refuse("CONTACT_NOT_FOUND", Code.NotFound);
  return found;
}

function shown(world: World, contact: Contact) {
  const canOpen = !world.closed.has(contact.clientId);
  const client = clientOf(world, contact.clientId);
  return { clientId: contact.clientId, contactId: contact.contactId, name: canOpen ? contact.name : "", clientName: canOpen ? client.name : "", responsibleEmployeeId: client.responsibleEmployeeId, canOpen };
}

export function likelyPeople(world: World, settings: MatchSettings, people: People, draft: Contact): DuplicateCandidate[] {
  const named = { name: nameOf(draft), addresses: draft.addresses };
  return [...world.contacts.values()]
    .filter((contact) => contact.contactId !== draft.contactId && !contact.mergedIntoContactId && !people.different.has(pairKey(draft.contactId, contact.contactId)))
    .flatMap((contact) => {
      const found = likeness(settings, settings.contactRules, named, contact);
      return found ? [create(DuplicateCandidateSchema, { ...shown(world, contact), ...found })] : [];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, 20);
}

export function goOnAmong(world: World, settings: MatchSettings, people: People, search: DuplicateSearch): void {
  const all = [...world.contacts.values()].filter((contact) => !contact.mergedIntoContactId && !contact.archivedAt);
  search.percent = Math.min(100, search.percent + STEP);
  search.clients = BigInt(all.length);
  search.state = search.percent === 100 ? DuplicateSearchState.DONE : DuplicateSearchState.READING;
  if (search.state !== DuplicateSearchState.DONE) return;
  people.pairs = all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => {
      const found = likeness(settings, settings.contactRules, one, other);
      return found ? [{ one: one.contactId, other: other.contactId, ...found }] : [];
    }),
  );
  search.pairs = BigInt(people.pairs.length);
  search.groups = search.pairs;
  search.endedAt = stamp(Date.now());
}

/** Each pair is a group here. Without what was merged or called different since. */
export function standingPeople(world: World, people: People): DuplicateGroup[] {
  return people.pairs
    .filter(({ one, other }) => !people.different.has(pairKey(one, other)) && [one, other].every((id) => !contactOf(world, id).mergedIntoContactId))
    .map(({ one, other, ...found }) => create(DuplicateGroupSchema, { ...found, members: [one, other].map((id) => shown(world, contactOf(world, id))), pairs: [{ contactId: one, otherContactId: other, ...found }] }))
    .sort((a, b) => b.score - a.score);
}

export function mergePeople(world: World, people: People, request: MergeContactsRequest, authorEmployeeId: string): Merge {
  const known = people.merges.find(({ mergeId }) => mergeId === request.requestId);
  if (known) return known;
  const original = contactOf(world, request.contactId);
  const others = request.otherContactIds.map((id) => contactOf(world, id));
  const all = [original, ...others];
  if (all.some((contact) => contact.mergedIntoContactId)) throw refuse("CONTACT_MERGED", Code.Aborted);
  if (request.etag && request.etag !== original.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
  const chosen = new Map(request.choices.map(({ field, contactId }) => [field, contactId]));
  const read = (contact: Contact, field: string): unknown => contact[camel(field) as keyof Contact];
  const differ = SINGLE.filter((field) => !chosen.has(field) && new Set(all.map((contact) => read(contact, field)).filter(Boolean)).size > 1);
  if (differ.length > 0) throw refuse("MERGE_CONFLICT", Code.FailedPrecondition, { fields: differ.join(", ") });
  const own = new Set(original.addresses.map(({ value }) => value));
  const theirs = others.flatMap(({ addresses }) => addresses);
  const fresh = theirs.filter(({ value }) => !own.has(value));
  const count = (moved: number, repeated: number) => ({ own: BigInt(own.size), moved: BigInt(moved), repeated: BigInt(repeated), total: BigInt(own.size + moved - repeated) });
  const made = create(MergeSchema, {
    mergeId: request.requestId,
    kind: DuplicateKind.CONTACT,
    clientId: original.clientId,
    contactId: original.contactId,
    otherContactIds: request.otherContactIds,
    authorEmployeeId,
    mergedAt: stamp(Date.now()),
    undoUntil: stamp(Date.now() + KEPT_DAYS * DAY),
    counts: [{ kind: "address", ...count(theirs.length, theirs.length - fresh.length) }],
  });
  people.before.set(made.mergeId, all.map((contact) => create(ContactSchema, contact)));
  const next = { ...original, addresses: [...original.addresses, ...fresh.map((address) => ({ ...address, isMain: false }))] };
  for (const field of SINGLE) {
    const from = all.find(({ contactId }) => contactId === chosen.get(field)) ?? all.find((contact) => read(contact, field)) ?? original;
    Object.assign(next, { [camel(field)]: read(from, field) });
  }
  const named = all.find(({ contactId }) => contactId === chosen.get("name")) ?? original;
  Object.assign(next, { name: named.name, surname: named.surname, givenName: named.givenName, patronymic: named.patronymic });
  keep(world, create(ContactSchema, next));
  for (const other of others) keep(world, create(ContactSchema, { ...other, mergedIntoContactId: original.contactId }));
  people.merges.unshift(made);
  return made;
}

export function undoPeople(world: World, people: People, mergeId: string): Merge | undefined {
  const found = people.merges.find((one) => one.mergeId === mergeId);
  if (!found || found.undoneAt) return found;
  for (const contact of people.before.get(mergeId) ?? []) keep(world, create(ContactSchema, { ...contact, etag: contactOf(world, contact.contactId).etag }));
  found.undoneAt = stamp(Date.now());
  return found;
}

function keep(world: World, contact: Contact): void {
  contact.etag = String(Number(contact.etag) + 1);
  world.contacts.set(contact.contactId, contact);
  world.event({ area: "crm", what: { case: "contactChanged", value: { contactId: contact.contactId, clientId: contact.clientId, revision: BigInt(contact.etag) } } });
}
