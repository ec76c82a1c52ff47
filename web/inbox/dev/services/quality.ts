import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { AddressKind, type Client, ClientKind, type ClientAddress, WorkStatus } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import type { Contact } from "../../src/gen/okno/crm/v1/contact_service_pb.ts";
import { type ClientQuality, ClientQualitySchema, type QualityMark, QualityMarkSchema } from "../../src/gen/okno/crm/v1/quality_pb.ts";
import { QualityCheck, type QualityFigure, QualityFigureSchema, QualityProfileSchema, type QualityProfile, QualityRequirementSchema, QualityRecountSchema, QualityRecountState, QualityScope, QualityService, type QualitySettings, QualitySettingsSchema } from "../../src/gen/okno/crm/v1/quality_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";
import { onlyAdministrators } from "./employees.ts";
import { page } from "./page.ts";
import { potential } from "./potential.ts";

const DAY_MS = 86_400_000;
const KINDS: Readonly<Record<string, AddressKind>> = { phone: AddressKind.PHONE, email: AddressKind.EMAIL, messenger: AddressKind.MESSENGER, site: AddressKind.SITE, postal: AddressKind.POSTAL };
const required = (...fields: string[]) => fields.map((field) => ({ field, weight: 1 }));

/** Settings of the company in memory, by world: what `clientQuality` counts by. */
const settingsOf = new WeakMap<World, QualitySettings>();

function settings(world: World): QualitySettings {
  const known = settingsOf.get(world);
  if (known) return known;
  const profile = (contactData: string[], portrait: string[]) => create(QualityProfileSchema, { contactData: required(...contactData), portrait: required(...portrait) });
  const made = create(QualitySettingsSchema, {
    etag: "1",
    company: profile(["addresses:phone", "addresses:email"], ["inn", "industry_id", "segment_id", "responsible_employee_id"]),
    person: profile(["addresses:phone"], ["birthday"]),
    contact: profile(["addresses:phone"], ["position_id"]),
    addressFields: Object.keys(KINDS).map((kind) => `addresses:${kind}`),
    clientFields: ["working_name", "inn", "kpp", "industry_id", "segment_id", "region_id", "birthday", "responsible_employee_id", "comment"],
    contactFields: ["surname", "given_name", "position_id", "role_id", "birthday"],
  });
  settingsOf.set(world, made);
  return made;
}

type Card = { addresses: readonly ClientAddress[]; customValues: readonly { fieldId: string }[] };

function filled(card: Card, key: string): boolean {
  const [first = "", rest] = key.split(":");
  if (first === "addresses") return card.addresses.some(({ kind }) => kind === KINDS[rest ?? ""]);
  if (first === "custom_values") return card.customValues.some(({ fieldId }) => fieldId === rest);
  return Boolean((card as unknown as Record<string, unknown>)[first.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase())]);
}

function markOf(profile: QualityProfile | undefined, is: (key: string) => boolean): QualityMark {
  const share = (all: readonly { field: string; weight: number }[]) => {
    const sum = all.reduce((total, one) => total + one.weight, 0);
    const there = all.filter((one) => is(one.field)).reduce((total, one) => total + one.weight, 0);
    return { percent: sum === 0 ? undefined : Math.round((100 * there) / sum), missing: all.filter((one) => !is(one.field)).map(({ field }) => field) };
  };
  const [contact, portrait] = [share(profile?.contactData ?? []), share(profile?.portrait ?? [])];
  return create(QualityMarkSchema, { contactPercent: contact.percent, portraitPercent: portrait.percent, missingContact: contact.missing, missingPortrait: portrait.missing });
}

function half(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : (one + other) / 2;
}

/** How well a client in memory is filled, by the formula of the real service. */
export function clientQuality(world: World, client: Client): ClientQuality {
  const { company, person, contact } = settings(world);
  const people: Contact[] = [...world.contacts.values()].filter((one) => one.clientId === client.clientId && !one.archivedAt);
  const profile = client.kind === ClientKind.COMPANY ? company : person;
  const whole = people.length > 0 || !profile ? profile : create(QualityProfileSchema, { portrait: profile.portrait, contactData: [...profile.contactData, create(QualityRequirementSchema, { field: "contacts", weight: 1 })] });
  const own = markOf(whole, (key) => filled(client, key));
  const marks = people.map((one) => ({ contactId: one.contactId, mark: markOf(contact, (key) => filled(one, key)) }));
  const means = marks.flatMap(({ mark }) => half(mark.contactPercent, mark.portraitPercent) ?? []);
  const mean = means.length > 0 ? means.reduce((sum, one) => sum + one, 0) / means.length : undefined;
  const lacking = marks.filter(({ mark }) => mark.missingContact.length + mark.missingPortrait.length > 0);
  return create(ClientQualitySchema, { own, contacts: lacking, percent: half(half(own.contactPercent, own.portraitPercent), mean) });
}

/** What is required, what is reached, and who fails, for the clients in memory. */
export function quality(router: ConnectRouter, world: World): void {
  let recount = create(QualityRecountSchema, { recountId: newId(), state: QualityRecountState.DONE, percent: 100, clients: 320n, clientsTotal: 320n, startedAt: stamp(Date.now() - 60_000), endedAt: stamp(Date.now()) });
  const counted = () => [...world.clients.values()].filter((client) => !client.archivedAt && client.workStatus !== WorkStatus.LOST).map((client) => ({ client, found: clientQuality(world, client) }));
  const figure = (scope: QualityScope, subjectId: string, all: ReturnType<typeof counted>): QualityFigure => {
    const mean = (values: readonly (number | undefined)[]): number | undefined => {
      const there = values.filter((value) => value !== undefined);
      return there.length > 0 ? there.reduce((sum, one) => sum + one, 0) / there.length : undefined;
    };
    return create(QualityFigureSchema, { scope, subjectId, clients: BigInt(all.length), percent: mean(all.map(({ found }) => found.percent)), contactPercent: mean(all.map(({ found }) => found.own?.contactPercent)), portraitPercent: mean(all.map(({ found }) => found.own?.portraitPercent)) });
  };
  router.service(QualityService, {
    getQualitySettings: () => ({ settings: settings(world) }),
    updateQualitySettings({ settings: wanted }, context) {
      onlyAdministrators(world, context);
      const known = settings(world);
      if (wanted?.etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const { addressFields, clientFields, contactFields } = known;
      const next = create(QualitySettingsSchema, { ...wanted, etag: String(Number(known.etag) + 1), addressFields, clientFields, contactFields });
      settingsOf.set(world, next);
      recount = create(QualityRecountSchema, { ...recount, recountId: newId(), state: QualityRecountState.DONE });
      return { settings: next, recount };
    },
    startQualityRecount({ requestId }, context) {
      onlyAdministrators(world, context);
      recount = create(QualityRecountSchema, { ...recount, recountId: requestId, state: QualityRecountState.RUNNING, percent: 40, clients: 128n });
      return { recount };
    },
    stopQualityRecount(_, context) {
      onlyAdministrators(world, context);
      recount = create(QualityRecountSchema, { ...recount, state: QualityRecountState.STOPPED });
      return { recount };
    },
    resumeQualityRecount(_, context) {
      onlyAdministrators(world, context);
      recount = create(QualityRecountSchema, { ...recount, state: QualityRecountState.DONE, percent: 100, clients: recount.clientsTotal });
      return { recount };
    },
    getQualityRecount: () => ({ recount }),
    getQuality({ scope, subjectId }, context) {
      const all = counted();
      const id = subjectId || world.caller(context).employeeId;
      const departmentOf = (employeeId: string): readonly string[] => world.employees.get(employeeId)?.departmentIds ?? [];
      const of = (one: QualityScope, subject: string) => all.filter(({ client }) => (one === QualityScope.EMPLOYEE ? client.responsibleEmployeeId === subject : one === QualityScope.DEPARTMENT ? departmentOf(client.responsibleEmployeeId).includes(subject) : true));
      const mine = of(scope, id);
      const own = figure(scope || QualityScope.COMPANY, scope > QualityScope.COMPANY ? id : "", mine);
      const people = [...new Set(all.flatMap(({ client }) => client.responsibleEmployeeId || []))];
      const departments = [...new Set(people.flatMap(departmentOf))];
      const below = [...departments.map((one) => figure(QualityScope.DEPARTMENT, one, of(QualityScope.DEPARTMENT, one))), ...people.map((one) => figure(QualityScope.EMPLOYEE, one, of(QualityScope.EMPLOYEE, one)))].sort((a, b) => (a.percent ?? 0) - (b.percent ?? 0));
      const now = own.percent ?? 0;
      const days = Array.from({ length: 120 }, (_, index) => ({ day: new Date(Date.now() - (119 - index) * DAY_MS).toISOString().slice(0, 10), clients: own.clients, percent: Math.max(0, now * (0.6 + (0.4 * index) / 119) + (index === 119 ? 0 : 2 * Math.sin(index / 4))) }));
      const worst = mine
        .filter(({ found }) => (found.percent ?? 100) < 100)
        .sort((a, b) => (a.found.percent ?? 0) - (b.found.percent ?? 0))
        .slice(0, 20)
        .map(({ client, found }) => ({ clientId: client.clientId, name: client.name, responsibleEmployeeId: client.responsibleEmployeeId, percent: found.percent ?? 0, contactPercent: found.own?.contactPercent, portraitPercent: found.own?.portraitPercent }));
      return { figure: own, company: figure(QualityScope.COMPANY, "", all), days, below, worst };
    },
    listQualityFailures(request) {
      const lacks = (mark: QualityMark | undefined): readonly string[] => (request.check === QualityCheck.PORTRAIT ? mark?.missingPortrait : mark?.missingContact) ?? [];
      const percent = (mark: QualityMark | undefined): number | undefined => (request.check === QualityCheck.PORTRAIT ? mark?.portraitPercent : mark?.contactPercent);
      if (request.check === QualityCheck.POTENTIAL) {
        const without = counted().filter(({ client }) => potential(world, client).amount === undefined && (request.responsibleEmployeeIds.length === 0 || request.responsibleEmployeeIds.includes(client.responsibleEmployeeId)));
        const { items, nextPageToken } = page(without, request);
        return { failures: items.map(({ client }) => ({ clientId: client.clientId, clientName: client.name, name: client.name, responsibleEmployeeId: client.responsibleEmployeeId, missing: ["potential:empty"] })), nextPageToken };
      }
      if (request.check > QualityCheck.PORTRAIT) return { failures: [], nextPageToken: "" };
      const all = counted()
        .filter(({ client }) => request.responsibleEmployeeIds.length === 0 || request.responsibleEmployeeIds.includes(client.responsibleEmployeeId))
        .flatMap(({ client, found }) => {
          const common = { clientId: client.clientId, clientName: client.name, responsibleEmployeeId: client.responsibleEmployeeId };
          const own = lacks(found.own).length > 0 ? [{ ...common, name: client.name, percent: percent(found.own), missing: [...lacks(found.own)] }] : [];
          const people = found.contacts.filter(({ mark }) => lacks(mark).length > 0).map(({ contactId, mark }) => ({ ...common, contactId, name: world.contacts.get(contactId)?.name ?? "", percent: percent(mark), missing: [...lacks(mark)] }));
          return [...own, ...people];
        });
      const { items, nextPageToken } = page(all, request);
      return { failures: items, nextPageToken };
    },
  });
}
