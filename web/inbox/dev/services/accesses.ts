import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { AccessLogService as Cards } from "../../src/gen/okno/crm/v1/access_log_service_pb.ts";
import { AccessLogService as Dialogs } from "../../src/gen/okno/inbox/v1/access_log_service_pb.ts";
import { type Access, type AccessFilter, AccessKind, AccessSchema } from "../../src/gen/okno/org/v1/access_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { stamp, type World } from "../world.ts";
import { onlyAdministrators } from "./employees.ts";
import { page } from "./page.ts";

const HOUR = 3_600_000;
const SAME = 600_000;
const LOGS = new WeakMap<World, Access[]>();
const CARDS: readonly AccessKind[] = [AccessKind.CLIENT, AccessKind.CONTACT, AccessKind.LEAD, AccessKind.CLIENT_EXPORT, AccessKind.PERSONAL_EXPORT];
const millis = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;

/** Puts on record that somebody opens a client or a dialog, as the services do. */
export function noteAccess(world: World, context: HandlerContext, kind: AccessKind.CLIENT | AccessKind.CONVERSATION, objectId: string): void {
  const { employeeId } = world.caller(context);
  const lately = logOf(world).find((one) => one.kind === kind && one.objectId === objectId && one.employeeId === employeeId && Date.now() - millis(one.at) < SAME);
  if (lately) Object.assign(lately, { times: lately.times + 1, lastAt: stamp(Date.now()) });
  else logOf(world).unshift(access(Date.now(), { kind, objectId, employeeId }));
}

const access = (at: number, part: MessageInitShape<typeof AccessSchema>): Access => create(AccessSchema, { accessId: newId(), times: 1, at: stamp(at), lastAt: stamp(at), ...part });

function logOf(world: World): Access[] {
  const known = LOGS.get(world) ?? seed(world);
  LOGS.set(world, known);
  return known;
}

/** Some days of an office, newest first. */
function seed(world: World): Access[] {
  const [people, clients, dialogs] = [[...world.employees.keys()], [...world.clients.keys()], [...world.conversations.keys()]];
  const pick = (all: readonly string[], n: number): string => all[n % all.length] ?? newId();
  return Array.from({ length: 160 }, (_, n) => {
    const at = Date.now() - (n + 1) * 0.7 * HOUR;
    const employeeId = pick(people, n * 7);
    if (n % 40 === 7) return access(at, { kind: AccessKind.CLIENT_EXPORT, objectId: newId(), employeeId, records: 1_240n });
    if (n % 40 === 9) return access(at, { kind: AccessKind.PERSONAL_EXPORT, objectId: newId(), employeeId, clientId: pick(clients, n) });
    if (n % 40 === 11) return access(at, { kind: AccessKind.DEAD_LETTER, objectId: newId(), employeeId, accountId: pick([...world.accounts.keys()], n) });
    if (n % 40 === 12) return access(at, { kind: AccessKind.LIST, employeeId, byKey: true, times: 14 });
    if (n % 40 === 13) return access(at, { kind: AccessKind.LEAD, objectId: newId(), employeeId, objectGone: true });
    if (n % 40 === 15) return access(at, { kind: AccessKind.CONVERSATION, objectId: newId(), employeeId, accountId: pick([...world.accounts.keys()], 0) });
    if (n % 9 === 3) return access(at, { kind: n % 2 ? AccessKind.FILE : AccessKind.LETTER_ORIGINAL, objectId: newId(), objectName: n % 2 ? "Договор поставки.pdf" : "", employeeId, conversationId: pick(dialogs, n) });
    const byKey = n % 11 === 5;
    const times = n % 5 === 2 ? 3 : 1;
    const kind = n % 2 ? AccessKind.CLIENT : AccessKind.CONVERSATION;
    return access(at, { kind, objectId: pick(n % 2 ? clients : dialogs, n * 3), employeeId, byKey, times, lastAt: stamp(at + (times - 1) * 120_000) });
  });
}

/** With what it is called now. */
function named(world: World, one: Access): Access {
  const shown = create(AccessSchema, one);
  const card = world.clients.get(one.kind === AccessKind.CLIENT ? one.objectId : one.clientId);
  if (card) Object.assign(shown, { clientId: card.clientId, clientName: card.name, objectName: one.kind === AccessKind.CLIENT ? card.name : one.objectName });
  if (one.kind === AccessKind.CLIENT && !card) shown.objectGone = true;
  const dialog = world.conversations.get(one.kind === AccessKind.CONVERSATION ? one.objectId : one.conversationId);
  if (dialog) {
    const { conversationId, accountId, person } = dialog;
    Object.assign(shown, { conversationId, accountId, clientId: person?.clientId ?? "", clientName: person?.clientName ?? "", objectName: one.objectName || (person?.displayName ?? "") });
  }
  const account = world.accounts.get(shown.accountId);
  if (account) Object.assign(shown, { accountName: account.name, channel: account.channel });
  return shown;
}

export function accesses(router: ConnectRouter, world: World): void {
  const list = (isOfUs: (kind: AccessKind) => boolean) => (request: { pageSize: number; pageToken: string; filter?: AccessFilter }, context: HandlerContext) => {
    onlyAdministrators(world, context);
    const all = logOf(world).filter(({ kind }) => isOfUs(kind));
    const { items, nextPageToken } = page(all.map((one) => named(world, one)).filter((one) => fits(one, request.filter)), request);
    return { accesses: items, nextPageToken };
  };
  router.service(Cards, { listAccesses: list((kind) => CARDS.includes(kind)) });
  router.service(Dialogs, { listAccesses: list((kind) => !CARDS.includes(kind)) });
}

function fits(one: Access, filter: AccessFilter | undefined): boolean {
  if (!filter) return true;
  const at = millis(one.at);
  return (
    (!filter.clientId || filter.clientId === one.clientId) &&
    (!filter.employeeId || filter.employeeId === one.employeeId) &&
    (filter.kinds.length === 0 || filter.kinds.includes(one.kind)) &&
    (!filter.from || at >= millis(filter.from)) &&
    (!filter.until || at < millis(filter.until))
  );
}
