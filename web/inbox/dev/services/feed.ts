import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type FeedEntry, FeedEntrySchema, type FeedFilter, FeedKind, FeedService, FeedState } from "../../src/gen/okno/crm/v1/feed_service_pb.ts";
import { type Conversation, Direction, type Message, MessageKind, MessageStatus } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { order } from "../../src/features/clients/feed/apply.ts";
import { refuse, type World } from "../world.ts";
import { clientOf } from "./cards.ts";

const PINS = new WeakMap<World, Map<string, string[]>>();
const millis = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;
const words = (text: string): string => text.toLowerCase().replaceAll("ё", "е");

/** What one person pinned, the last first. */
function pinsOf(world: World, employeeId: string): string[] {
  const all = PINS.get(world) ?? new Map<string, string[]>();
  PINS.set(world, all);
  const own = all.get(employeeId) ?? [];
  all.set(employeeId, own);
  return own;
}

export function feed(router: ConnectRouter, world: World): void {
  router.service(FeedService, {
    listClientFeed({ clientId, pageSize, pageToken, filter }, context) {
      clientOf(world, clientId);
      const dialogs = [...world.conversations.values()].filter(({ person }) => person?.clientId === clientId);
      const pins = pinsOf(world, world.caller(context).employeeId);
      const all = entriesOf(world, clientId, dialogs).map((entry) => Object.assign(entry, { pinned: pins.includes(entry.entryId) }));
      const plans = all.filter(({ state }) => state === FeedState.PLANNED).sort((a, b) => order(b, a));
      const past = all.filter((entry) => entry.state !== FeedState.PLANNED && fits(entry, filter)).sort(order);
      const pinned = pins.flatMap((id) => past.find(({ entryId }) => entryId === id) ?? []);
      const rest = past.filter((entry) => !entry.pinned);
      const from = pageToken ? rest.findIndex(({ entryId }) => entryId === pageToken) + 1 : 0;
      const entries = rest.slice(from, from + (pageSize || 50));
      const more = from + entries.length < rest.length;
      return { ...(pageToken ? {} : { plans, pinned }), entries, nextPageToken: more ? (entries.at(-1)?.entryId ?? "") : "", conversationIds: dialogs.map(({ conversationId }) => conversationId) };
    },
    pinFeedEntry({ clientId, entryId }, context) {
      clientOf(world, clientId);
      const dialogs = [...world.conversations.values()].filter(({ person }) => person?.clientId === clientId);
      if (!entriesOf(world, clientId, dialogs).some((entry) => entry.entryId === entryId)) throw refuse("FEED_ENTRY_NOT_FOUND", Code.NotFound);
      const pins = pinsOf(world, world.caller(context).employeeId);
      if (!pins.includes(entryId)) pins.unshift(entryId);
      return {};
    },
    unpinFeedEntry({ clientId, entryId }, context) {
      clientOf(world, clientId);
      const pins = pinsOf(world, world.caller(context).employeeId);
      if (pins.includes(entryId)) pins.splice(pins.indexOf(entryId), 1);
      return {};
    },
  });
}

function entriesOf(world: World, clientId: string, dialogs: readonly Conversation[]): FeedEntry[] {
  const said = dialogs.flatMap((dialog) => (world.messages.get(dialog.conversationId) ?? []).filter(({ kind }) => kind !== MessageKind.EVENT).map((message) => ofMessage(message, dialog)));
  const asked = dialogs.flatMap(({ conversationId, channel, request }) =>
    request
      ? [create(FeedEntrySchema, { entryId: request.requestId, kind: FeedKind.REQUEST, state: FeedState.DONE, at: request.receivedAt, employeeId: request.assigneeEmployeeId, conversationId, facts: { channel, number: String(request.number), state: String(request.state) } })]
      : [],
  );
  const changed = world.changes
    .filter((change) => change.clientId === clientId)
    .map(({ contactId, field, customFieldId, oldValues, newValues, employeeId, at }, index, list) =>
      create(FeedEntrySchema, {
        entryId: `00000000-0000-8000-8000-${String(list.length - index).padStart(12, "0")}`,
        kind: FeedKind.CHANGE,
        state: FeedState.DONE,
        at,
        employeeId,
        text: [...oldValues, ...newValues].join(" "),
        oldValues,
        newValues,
        facts: { field, client_id: clientId, ...(customFieldId && { custom_field_id: customFieldId }), ...(contactId && { contact_id: contactId }) },
      }),
    );
  return [...said, ...asked, ...changed];
}

function ofMessage(message: Message, { conversationId, channel, person }: Conversation): FeedEntry {
  const planned = message.status === MessageStatus.QUEUED && millis(message.notBefore) > millis(message.createdAt) + 60_000;
  return create(FeedEntrySchema, {
    entryId: message.messageId,
    kind: message.kind === MessageKind.NOTE ? FeedKind.NOTE : FeedKind.MESSAGE,
    state: planned ? FeedState.PLANNED : message.status === MessageStatus.CANCELLED ? FeedState.CANCELLED : FeedState.DONE,
    at: planned ? message.notBefore : message.shownAt,
    employeeId: message.authorEmployeeId,
    text: (message.content?.text ?? "").slice(0, 1000),
    textCut: (message.content?.text ?? "").length > 1000,
    conversationId,
    files: (message.content?.attachments ?? []).map(({ attachmentId, name, mimeType, sizeBytes, kind }) => ({ attachmentId, name, mimeType, sizeBytes, kind })),
    facts: { channel, direction: String(message.direction), seq: String(message.seq), author: message.direction === Direction.IN ? message.authorName || (person?.displayName ?? "") : message.authorName, ...(message.deletedAt && { deleted: "true" }) },
  });
}

function fits(entry: FeedEntry, filter: FeedFilter | undefined): boolean {
  if (!filter) return true;
  const at = millis(entry.at);
  return (
    (filter.kinds.length === 0 || filter.kinds.includes(entry.kind) || (filter.kinds.includes(FeedKind.FILE) && entry.files.length > 0)) &&
    (filter.employeeIds.length === 0 || filter.employeeIds.includes(entry.employeeId)) &&
    (!filter.from || at >= millis(filter.from)) &&
    (!filter.until || at < millis(filter.until)) &&
    words(entry.text).includes(words(filter.query))
  );
}
