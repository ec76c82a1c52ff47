import { clone, create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { FailureReason, FailureSchema } from "../../src/gen/okno/channel/v1/inbound_pb.ts";
import { type Mailing, MailingCountsSchema, type MailingRecipient, MailingRecipientSchema, MailingRecipientState as State, MailingSchema, MailingService, MailingState, type Unsubscribed, UnsubscribedSchema } from "../../src/gen/okno/inbox/v1/mailing_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { page } from "./page.ts";

/** A letter goes this often, so that progress is seen. */
const LETTER_MS = 150;

type Kept = { mailing: Mailing; people: MailingRecipient[]; series: string };

/** Mailings that send nothing: addresses that begin with "refused" fail as a server would fail them. */
export function mailings(router: ConnectRouter, world: World): void {
  const kept = new Map<string, Kept>();
  const left = new Map<string, Unsubscribed>();

  const mayMail = (context: HandlerContext): boolean => world.caller(context).roles.some((role) => role === Role.HEAD || role === Role.ADMINISTRATOR);
  const must = (context: HandlerContext): void => {
    if (!mayMail(context)) throw refuse("PERMISSION", Code.PermissionDenied);
  };
  const known = (mailingId: string, context: HandlerContext): Kept => {
    const found = kept.get(mailingId);
    if (!found || !mayMail(context)) throw refuse("MAILING_NOT_FOUND", Code.NotFound);
    return found;
  };
  const shown = ({ mailing, people }: Kept): Mailing => {
    const n = (state: State): number => people.filter((person) => person.state === state).length;
    const copy = clone(MailingSchema, mailing);
    copy.counts = create(MailingCountsSchema, {
      total: people.length,
      waiting: n(State.WAITING),
      queued: n(State.QUEUED),
      sent: n(State.SENT),
      failed: n(State.FAILED),
      unsubscribed: n(State.UNSUBSCRIBED),
      skipped: n(State.SKIPPED),
      retryable: n(State.FAILED),
    });
    return copy;
  };
  const draft = (one: Kept): Kept => {
    if (one.mailing.state !== MailingState.DRAFT) throw refuse("MAILING_STATE", Code.FailedPrecondition, { state: "started" });
    return one;
  };
  const people = (list: readonly MailingRecipient[]): MailingRecipient[] => {
    const each = new Map(list.map((person) => [person.address.toLowerCase(), person]));
    return [...each].map(([address, { name, values }]) => create(MailingRecipientSchema, { address, name, values, state: State.WAITING, at: stamp(Date.now()) }));
  };
  const served = ({ mailing, series }: Kept, address: string): boolean =>
    [...kept.values()].some((other) => other.series === series && other.mailing.mailingId !== mailing.mailingId && other.people.some((person) => person.address === address && (person.state === State.SENT || person.state === State.QUEUED)));
  const go = (one: Kept): void => {
    if (one.mailing.state !== MailingState.RUNNING) return;
    const next = one.people.find(({ state }) => state === State.WAITING);
    if (!next) {
      one.mailing.state = MailingState.DONE;
      one.mailing.endedAt = stamp(Date.now());
      return;
    }
    next.at = stamp(Date.now());
    if (left.has(next.address)) next.state = State.UNSUBSCRIBED;
    else if (served(one, next.address)) Object.assign(next, { state: State.SKIPPED, skippedBecause: "served" });
    else if (next.address.startsWith("refused")) Object.assign(next, { state: State.FAILED, failure: create(FailureSchema, { reason: FailureReason.REJECTED, providerText: "550 5.1.1 no such user here" }) });
    else Object.assign(next, { state: State.SENT, conversationId: world.conversations.keys().next().value ?? "" });
    setTimeout(() => go(one), LETTER_MS);
  };
  const run = (one: Kept): Mailing => {
    one.mailing.state = MailingState.RUNNING;
    one.mailing.startedAt ??= stamp(Date.now());
    setTimeout(() => go(one), LETTER_MS);
    return shown(one);
  };

  router.service(MailingService, {
    listMailings(request, context) {
      const all = mayMail(context) ? [...kept.values()].reverse() : [];
      const { items, nextPageToken } = page(all, request, 20);
      return { mailings: items.map(shown), nextPageToken, mayCreate: mayMail(context), publicUrlSet: true };
    },
    getMailing: ({ mailingId }, context) => ({ mailing: shown(known(mailingId, context)) }),
    createMailing({ requestId, mailing, recipients }, context) {
      must(context);
      const again = kept.get(requestId);
      if (again) return { mailing: shown(again) };
      const made = mailing ? clone(MailingSchema, mailing) : create(MailingSchema);
      Object.assign(made, { mailingId: requestId, etag: "1", state: MailingState.DRAFT, authorEmployeeId: world.caller(context).employeeId, createdAt: stamp(Date.now()) });
      const one = { mailing: made, people: people(recipients), series: kept.get(made.afterMailingId)?.series ?? requestId };
      kept.set(requestId, one);
      return { mailing: shown(one) };
    },
    updateMailing({ mailing, recipients, updateMask }, context) {
      const one = draft(known(mailing?.mailingId ?? "", context));
      if (mailing?.etag && mailing.etag !== one.mailing.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const { name = "", subject = "", text = "", perMinute = 10 } = mailing ?? {};
      const named = { name, subject, text, per_minute: perMinute };
      for (const path of updateMask?.paths ?? []) if (path in named) Object.assign(one.mailing, { [path === "per_minute" ? "perMinute" : path]: named[path as keyof typeof named] });
      Object.assign(one.mailing, { etag: String(Number(one.mailing.etag) + 1) });
      if (updateMask?.paths.includes("recipients")) one.people = people(recipients);
      return { mailing: shown(one) };
    },
    deleteMailing({ mailingId }, context) {
      draft(known(mailingId, context));
      kept.delete(mailingId);
      return {};
    },
    getMailingProblems: () => ({}),
    startMailing({ mailingId, etag }, context) {
      const one = known(mailingId, context);
      if (etag && etag !== one.mailing.etag && one.mailing.state === MailingState.DRAFT) throw refuse("ETAG_MISMATCH", Code.Aborted);
      if (one.mailing.state === MailingState.DONE) throw refuse("MAILING_STATE", Code.FailedPrecondition, { state: "done" });
      return { mailing: one.mailing.state === MailingState.RUNNING ? shown(one) : run(one) };
    },
    stopMailing({ mailingId }, context) {
      const one = known(mailingId, context);
      if (one.mailing.state === MailingState.RUNNING) one.mailing.state = MailingState.STOPPED;
      return { mailing: shown(one) };
    },
    retryMailing({ mailingId }, context) {
      const one = known(mailingId, context);
      for (const person of one.people.filter(({ state }) => state === State.FAILED)) person.state = State.WAITING;
      return { mailing: run(one) };
    },
    listMailingRecipients(request, context) {
      const { people: all } = known(request.mailingId, context);
      const { items, nextPageToken } = page(all.filter(({ state }) => request.states.length === 0 || request.states.includes(state)), request);
      return { recipients: items, nextPageToken };
    },
    listUnsubscribed(request, context) {
      must(context);
      const { items, nextPageToken } = page([...left.values()].reverse().filter(({ address }) => address.includes(request.query.toLowerCase())), request);
      return { unsubscribed: items, nextPageToken };
    },
    addUnsubscribed({ addresses }, context) {
      must(context);
      const fresh = addresses.map((address) => address.toLowerCase()).filter((address) => !left.has(address));
      for (const address of fresh) left.set(address, create(UnsubscribedSchema, { address, at: stamp(Date.now()), employeeId: world.caller(context).employeeId }));
      return { added: fresh.length };
    },
    removeUnsubscribed({ address }, context) {
      must(context);
      left.delete(address.toLowerCase());
      return {};
    },
  });
}
