import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { AddressKind, type Client, ClientKind, ClientSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, LeadChangeSchema, type LeadCleaning, LeadCleaningSchema, LeadCleaningState, type LeadFilter, LeadNextStep, LeadOrder, LeadSchema, LeadScoreCondition, type LeadScoreRule, LeadScorePartSchema, LeadService, LeadState } from "../../src/gen/okno/crm/v1/lead_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { type Leads, leadsOf } from "../leads.ts";
import { formsOf, viewsOf, visitsOf } from "../visits.ts";
import { refuse, stamp, type World } from "../world.ts";
import { camel, changed, clientChanged, clientOf, nameOf } from "./cards.ts";
import { beforeCreate } from "./duplicates.ts";
import { onlyAdministrators } from "./employees.ts";
import { page } from "./page.ts";

// Leads as the page needs them: the states, moves, steps and sums of the real service, without its rights.

const DAY = 86_400_000;
/** So many are erased at each look. */
const STEP = 20;
const CLOSED = new Set([LeadState.CONVERTED, LeadState.REPEATED_PROCESSED, LeadState.DECLINED]);
const ms = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;
const daysSince = (at: { seconds: bigint } | undefined): number => Math.floor((Date.now() - ms(at)) / DAY);

export function leads(router: ConnectRouter, world: World): void {
  const of = (): Leads => leadsOf(world);
  const found = (leadId: string): Lead => {
    const lead = of().all.get(leadId);
    if (!lead) throw refuse("LEAD_NOT_FOUND", Code.NotFound);
    return lead;
  };
  const shown = (lead: Lead): Lead => {
    const parts = of().settings.scoreRules.filter((rule) => holds(rule, lead)).map(({ name, points }) => create(LeadScorePartSchema, { name, points }));
    const calls = CLOSED.has(lead.state) ? undefined : of().settings.scoreRules.find((rule) => rule.call && holds(rule, lead));
    if (calls) return create(LeadSchema, { ...lead, scoreParts: parts, score: parts.reduce((sum, { points }) => sum + points, 0), nextStep: LeadNextStep.CALL, nextStepReason: calls.name });
    return create(LeadSchema, { ...lead, scoreParts: parts, score: parts.reduce((sum, { points }) => sum + points, 0), nextStep: nextStep(lead) });
  };
  const keep = (lead: Lead): { lead: Lead } => {
    of().all.set(lead.leadId, lead);
    world.event({ area: "crm", what: { case: "leadChanged", value: { leadId: lead.leadId } } });
    return { lead: shown(lead) };
  };
  /** A change by somebody, with its history. */
  const move = (context: HandlerContext, before: Lead, etag: string, part: Partial<Lead>): Lead => {
    if (etag !== before.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
    const after = create(LeadSchema, { ...before, ...part, etag: String(Number(before.etag) + 1), updatedAt: stamp(Date.now()), activeAt: stamp(Date.now()) });
    const { employeeId } = world.caller(context);
    const paths = ["name", "company_name", "surname", "given_name", "patronymic", "addresses", "responsible_employee_id", "channel", "source", "comment", "state", "decline_reason"];
    const history = paths.flatMap((field) => {
      const [oldValues, newValues] = [values(before, field), values(after, field)];
      return oldValues.join() === newValues.join() ? [] : [create(LeadChangeSchema, { field, oldValues, newValues, employeeId, at: stamp(Date.now()) })];
    });
    of().changes.set(before.leadId, [...history, ...(of().changes.get(before.leadId) ?? [])]);
    return after;
  };
  const mustBe = (lead: Lead, ...states: LeadState[]): void => {
    if (!states.includes(lead.state)) throw refuse("LEAD_STATE", Code.FailedPrecondition, { state: (LeadState[lead.state] ?? "").toLowerCase() });
  };
  const silent = (months: number): Lead[] => [...of().all.values()].filter((lead) => lead.state !== LeadState.CONVERTED && daysSince(lead.activeAt) >= months * 30);
  const step = (cleaning: LeadCleaning): LeadCleaning => {
    if (cleaning.state !== LeadCleaningState.RUNNING) return cleaning;
    const some = silent(cleaning.months).slice(0, STEP);
    for (const { leadId } of some) of().all.delete(leadId);
    cleaning.erased += BigInt(some.length);
    if (some.length < STEP) Object.assign(cleaning, { state: LeadCleaningState.DONE, endedAt: stamp(Date.now()) });
    return cleaning;
  };

  router.service(LeadService, {
    listLeads(request) {
      const all = [...of().all.values()].map(shown).filter((lead) => fits(lead, request.filter)).sort(ORDERS[request.order] ?? ORDERS[LeadOrder.CREATED]);
      const { items, nextPageToken } = page(all, request);
      return { leads: items, nextPageToken };
    },
    getLead: ({ leadId }) => ({ lead: shown(found(leadId)) }),
    createLead({ requestId, lead: wanted }) {
      const known = of().all.get(requestId);
      if (known) return { lead: shown(known) };
      const lead = create(LeadSchema, { ...(wanted ?? create(LeadSchema)), leadId: requestId, etag: "1", state: LeadState.NEW, createdAt: stamp(Date.now()), updatedAt: stamp(Date.now()), activeAt: stamp(Date.now()) });
      lead.name ||= nameOf(lead);
      if (!lead.name) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "lead.name" });
      for (const address of lead.addresses) address.display ||= address.value;
      return keep(lead);
    },
    updateLead({ lead, updateMask }, context) {
      const before = found(lead?.leadId ?? "");
      const next = changed(LeadSchema, before, lead, updateMask?.paths ?? []);
      if (!next.name) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "lead.name" });
      for (const address of next.addresses) address.display ||= address.value;
      return keep(move(context, before, before.etag, next));
    },
    assignLead({ leadId, etag, responsibleEmployeeId }, context) {
      return keep(move(context, found(leadId), etag, { responsibleEmployeeId }));
    },
    declineLead({ leadId, etag, reason }, context) {
      const lead = found(leadId);
      if (!reason.trim()) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "reason" });
      mustBe(lead, LeadState.NEW, LeadState.REPEATED);
      return keep(move(context, lead, etag, { state: LeadState.DECLINED, declineReason: reason.trim() }));
    },
    reopenLead({ leadId, etag }, context) {
      const lead = found(leadId);
      mustBe(lead, LeadState.DECLINED, LeadState.REPEATED_PROCESSED);
      return keep(move(context, lead, etag, { state: lead.repeatsClientId || lead.repeatsLeadId ? LeadState.REPEATED : LeadState.NEW, declineReason: "" }));
    },
    settleLead({ leadId, etag }, context) {
      const lead = found(leadId);
      mustBe(lead, LeadState.REPEATED);
      return keep(move(context, lead, etag, { state: LeadState.REPEATED_PROCESSED }));
    },
    mergeLead({ leadId, etag, intoLeadId }, context) {
      const [lead, into] = [found(leadId), found(intoLeadId)];
      if (leadId === intoLeadId) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "into_lead_id" });
      mustBe(lead, LeadState.NEW, LeadState.REPEATED);
      mustBe(into, LeadState.NEW, LeadState.REPEATED);
      keep(move(context, lead, etag, { state: LeadState.REPEATED_PROCESSED, mergedIntoLeadId: intoLeadId }));
      const added = lead.addresses.filter(({ value }) => !into.addresses.some((one) => one.value === value));
      return keep(move(context, into, into.etag, { addresses: [...into.addresses, ...added], contactPointIds: [...new Set([...into.contactPointIds, ...lead.contactPointIds])] }));
    },
    convertLead({ requestId, leadId, etag, clientId, kind, force }, context) {
      const lead = found(leadId);
      mustBe(lead, LeadState.NEW, LeadState.REPEATED);
      if (etag !== lead.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const draft = create(ClientSchema, { name: kind === ClientKind.COMPANY ? lead.companyName || lead.name : lead.name, kind: kind || lead.kind, addresses: lead.addresses, responsibleEmployeeId: lead.responsibleEmployeeId, comment: lead.comment });
      const candidates = clientId || force ? [] : beforeCreate(world, draft);
      if (candidates.length > 0) return { candidates };
      const client = clientId ? clientOf(world, clientId) : made(world, draft, requestId);
      if (client.archivedAt) throw refuse("CLIENT_ARCHIVED", Code.FailedPrecondition);
      const state = clientId && lead.state === LeadState.REPEATED ? LeadState.REPEATED_PROCESSED : LeadState.CONVERTED;
      return { ...keep(move(context, lead, etag, { state, clientId: client.clientId })), client };
    },
    listLeadChanges(request) {
      found(request.leadId);
      const { items, nextPageToken } = page(of().changes.get(request.leadId) ?? [], request);
      return { changes: items, nextPageToken };
    },
    listLeadVisits(request) {
      const { items, nextPageToken } = page(visitsOf(found(request.leadId)), request);
      return { visits: items, nextPageToken, forms: request.pageToken ? [] : formsOf(found(request.leadId)) };
    },
    getLeadSettings: () => ({ settings: of().settings }),
    updateLeadSettings({ settings, updateMask }, context) {
      onlyAdministrators(world, context);
      const known = of().settings;
      if (!settings || settings.etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const next = { ...known, etag: String(Number(known.etag) + 1) };
      for (const path of updateMask?.paths ?? []) Object.assign(next, { [camel(path)]: settings[camel(path) as keyof typeof settings] });
      of().settings = next;
      return { settings: next };
    },
    previewLeadCleaning({ months }, context) {
      onlyAdministrators(world, context);
      const counts = new Map<LeadState, bigint>();
      for (const { state } of silent(months)) counts.set(state, (counts.get(state) ?? 0n) + 1n);
      return { counts: [...counts].map(([state, leads_]) => ({ state, leads: leads_ })) };
    },
    startLeadCleaning({ requestId, months }, context) {
      onlyAdministrators(world, context);
      if (of().cleanings.some(({ state }) => state === LeadCleaningState.RUNNING)) throw refuse("LEAD_CLEANING_RUNNING", Code.FailedPrecondition);
      const cleaning = create(LeadCleaningSchema, { cleaningId: requestId, state: LeadCleaningState.RUNNING, months, leadsTotal: BigInt(silent(months).length), authorEmployeeId: world.caller(context).employeeId, startedAt: stamp(Date.now()) });
      of().cleanings.unshift(cleaning);
      return { cleaning };
    },
    getLeadCleaning({ cleaningId }, context) {
      onlyAdministrators(world, context);
      const cleaning = cleaningId ? of().cleanings.find((one) => one.cleaningId === cleaningId) : of().cleanings[0];
      if (!cleaning) throw refuse("LEAD_CLEANING_NOT_FOUND", Code.NotFound);
      return { cleaning: step(cleaning) };
    },
    eraseLead({ leadId, etag }) {
      const lead = found(leadId);
      if (lead.state === LeadState.CONVERTED) mustBe(lead, LeadState.NEW);
      if (etag !== lead.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      of().all.delete(leadId);
      world.event({ area: "crm", what: { case: "leadChanged", value: { leadId } } });
      return {};
    },
  });
}

function made(world: World, draft: Client, clientId: string): Client {
  const client = create(ClientSchema, { ...draft, clientId: clientId || newId(), etag: "1", createdAt: stamp(Date.now()), updatedAt: stamp(Date.now()) });
  world.clients.set(client.clientId, client);
  clientChanged(world, client);
  return client;
}

function values(lead: Lead, field: string): string[] {
  if (field === "state") return [String(lead.state)];
  const value: unknown = lead[camel(field) as keyof Lead];
  if (field === "addresses") return lead.addresses.map((address) => address.value);
  return value ? [String(value)] : [];
}

function nextStep(lead: Lead): LeadNextStep {
  const days = daysSince(lead.activeAt);
  if (CLOSED.has(lead.state)) return LeadNextStep.UNSPECIFIED;
  if (lead.state === LeadState.REPEATED && lead.repeatsClientId) return LeadNextStep.JOIN;
  if (lead.state === LeadState.REPEATED && lead.repeatsLeadId) return LeadNextStep.MERGE;
  if (!lead.responsibleEmployeeId) return LeadNextStep.ASSIGN;
  if (days >= 60) return LeadNextStep.DECLINE;
  if (ms(lead.activeAt) === ms(lead.createdAt)) return LeadNextStep.ANSWER;
  return days >= 3 ? LeadNextStep.REMIND : LeadNextStep.CONVERT;
}

function holds({ condition, values: words, atLeast, atMost, negated }: LeadScoreRule, lead: Lead): boolean {
  const has = (text: string): boolean => words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
  const within = (days: number): boolean => days >= atLeast && (atMost === undefined || days <= atMost);
  const kind = (one: AddressKind): boolean => lead.addresses.some((address) => address.kind === one);
  const tests: Partial<Record<LeadScoreCondition, () => boolean>> = {
    [LeadScoreCondition.CHANNEL]: () => words.includes(lead.channel),
    [LeadScoreCondition.SOURCE]: () => has(lead.source),
    [LeadScoreCondition.COMMENT]: () => has(lead.comment),
    [LeadScoreCondition.HAS_PHONE]: () => kind(AddressKind.PHONE),
    [LeadScoreCondition.HAS_EMAIL]: () => kind(AddressKind.EMAIL),
    [LeadScoreCondition.HAS_DIALOG]: () => lead.contactPointIds.length > 0,
    [LeadScoreCondition.IS_COMPANY]: () => lead.kind === ClientKind.COMPANY || lead.companyName !== "",
    [LeadScoreCondition.IS_REPEATED]: () => lead.state === LeadState.REPEATED,
    [LeadScoreCondition.AGE_DAYS]: () => within(daysSince(lead.createdAt)),
    [LeadScoreCondition.SILENT_DAYS]: () => within(daysSince(lead.activeAt)),
    [LeadScoreCondition.VISITS]: () => within(visitsOf(lead).length),
    [LeadScoreCondition.PAGE_VIEWS]: () => within(viewsOf(lead, words)),
  };
  return (tests[condition]?.() ?? false) !== negated;
}

const ORDERS: Record<number, (a: Lead, b: Lead) => number> = {
  [LeadOrder.CREATED]: (a, b) => ms(b.createdAt) - ms(a.createdAt) || b.leadId.localeCompare(a.leadId),
  [LeadOrder.ACTIVE]: (a, b) => ms(a.activeAt) - ms(b.activeAt),
  [LeadOrder.SCORE]: (a, b) => b.score - a.score,
};

function fits(lead: Lead, filter: LeadFilter | undefined): boolean {
  if (!filter) return true;
  const any = <T>(wanted: readonly T[], has: T): boolean => wanted.length === 0 || wanted.includes(has);
  const people = filter.responsibleEmployeeIds.length === 0 && !filter.withoutResponsible;
  const text = [lead.name, lead.companyName, ...lead.addresses.map(({ value }) => value)].join(" ").toLowerCase();
  return (
    text.includes(filter.query.toLowerCase()) &&
    any(filter.states, lead.state) &&
    (people || (lead.responsibleEmployeeId ? filter.responsibleEmployeeIds.includes(lead.responsibleEmployeeId) : filter.withoutResponsible)) &&
    any(filter.channels, lead.channel) &&
    any(filter.sources, lead.source) &&
    (!filter.untouchedSince || ms(lead.activeAt) < ms(filter.untouchedSince)) &&
    (!filter.clientId || lead.clientId === filter.clientId)
  );
}
