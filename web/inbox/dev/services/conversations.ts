import { Code, type ConnectRouter } from "@connectrpc/connect";
import { FailureReason } from "../../src/gen/okno/channel/v1/inbound_pb.ts";
import { Direction, type Message, MessageKind, MessageStatus } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { ConversationService, ConversationView } from "../../src/gen/okno/inbox/v1/conversation_service_pb.ts";
import { AccessKind } from "../../src/gen/okno/org/v1/access_pb.ts";
import { inView, listed } from "../filter.ts";
import { refuse, stamp, type World } from "../world.ts";
import { noteAccess } from "./accesses.ts";
import { attachmentOf } from "./files.ts";
import { closeWindow, textOf } from "./templates.ts";

const PAGE = 50;
const millis = (at: { seconds: bigint } | undefined): number => Number(at?.seconds ?? 0n) * 1000;

export function conversations(router: ConnectRouter, world: World): void {
  const messagesOf = (id: string): Message[] => world.messages.get(id) ?? [];
  const update = (message: Message, part: Partial<Message>): void => {
    Object.assign(message, part);
    world.changed(world.conversation(message.conversationId), [message.messageId]);
  };

  router.service(ConversationService, {
    listConversations({ view, order, query, filter, open, pageToken, pageSize }, context) {
      const rows = listed(world, world.caller(context), { view, order, query, filter, open });
      const from = Number(pageToken || 0);
      const to = from + (pageSize || PAGE);
      return { conversations: rows.slice(from, to), nextPageToken: to < rows.length ? String(to) : "" };
    },
    batchGetConversations({ conversationIds }, context) {
      const me = world.caller(context);
      return { conversations: conversationIds.flatMap((id) => (world.conversations.has(id) ? [world.seenBy(world.conversation(id), me)] : [])) };
    },
    countConversations(_, context) {
      const me = world.caller(context);
      const rows = [...world.conversations.values()].map((conversation) => world.seenBy(conversation, me));
      const mine = rows.filter((row) => inView(world, row, ConversationView.MINE, me));
      return {
        mine: mine.length,
        mineUnread: mine.filter((row) => row.unread > 0).length,
        unassigned: rows.filter((row) => inView(world, row, ConversationView.UNASSIGNED, me)).length,
        all: rows.length,
        mentions: world.mentions.size,
        unlinked: rows.filter((row) => row.unlinked).length,
      };
    },
    listMessages({ conversationId, pageToken, aroundSeq, pageSize }, context) {
      const me = world.caller(context);
      world.conversation(conversationId);
      if (!pageToken) noteAccess(world, context, AccessKind.CONVERSATION, conversationId);
      const all = messagesOf(conversationId);
      const size = pageSize || PAGE;
      let [from, to] = [Math.max(0, all.length - size), all.length];
      if (aroundSeq > 0n) {
        const at = all.findIndex((message) => message.seq >= aroundSeq);
        [from, to] = [Math.max(0, at - size / 2), Math.min(all.length, at + size / 2)];
      }
      if (pageToken) {
        const [way, index] = [pageToken[0], Number(pageToken.slice(1))];
        [from, to] = way === "b" ? [Math.max(0, index - size), index] : [index, Math.min(all.length, index + size)];
      }
      return {
        messages: all.slice(from, to),
        beforePageToken: from > 0 ? `b${from}` : "",
        afterPageToken: to < all.length ? `a${to}` : "",
        readSeq: world.marks.get(`${me.employeeId} ${conversationId}`) ?? 0n,
      };
    },
    batchGetMessages: ({ messageIds }) => ({ messages: messageIds.flatMap((id) => [...world.messages.values()].flat().filter((message) => message.messageId === id)) }),
    listMessageVersions: ({ messageId }) => ({ versions: [{ content: { text: `Прежний текст: ${world.message(messageId).content?.text}` }, until: stamp(Date.now() - 60_000) }] }),
    sendMessage({ messageId, conversationId, text: written, fileIds, replyToMessageId, notBefore, notAfter, template, letter }, context) {
      const me = world.caller(context);
      const conversation = world.conversation(conversationId);
      const known = messagesOf(conversationId).filter((message) => message.messageId === messageId);
      if (known.length > 0) return { messages: known };
      const text = template ? textOf(template) : written;
      if (!template && conversation.replyUntil && millis(conversation.replyUntil) < Date.now()) throw refuse("WINDOW_CLOSED", Code.FailedPrecondition);
      if (!text && fileIds.length === 0 && !letter) throw refuse("EMPTY_MESSAGE", Code.InvalidArgument);
      if (!world.seenBy(conversation, me).canReply) throw refuse("PERMISSION", Code.PermissionDenied);
      world.drafts.delete(`${me.employeeId} ${conversationId}`);
      const message = world.say(conversation, {
        messageId,
        direction: Direction.OUT,
        status: MessageStatus.QUEUED,
        authorEmployeeId: me.employeeId,
        replyToMessageId,
        notBefore,
        notAfter,
        content: { text, attachments: [...fileIds, ...(letter ? [...letter.inline.map(({ fileId }) => fileId), letter.htmlFileId] : [])].map((id) => attachmentOf(world, id)), ...(template && { template }), ...(letter && { letter }) },
      });
      if (text.includes("#window") || text.includes("#late")) closeWindow(world, conversation);
      carry(message, update, Math.max(0, millis(notBefore) - Date.now()));
      return { messages: [message] };
    },
    addNote({ messageId, conversationId, text, mentionEmployeeIds, fileIds }, context) {
      const conversation = world.conversation(conversationId);
      for (const id of mentionEmployeeIds) world.mentions.add(`${id} ${conversationId}`);
      const message = world.say(conversation, { messageId, kind: MessageKind.NOTE, direction: Direction.OUT, authorEmployeeId: world.caller(context).employeeId, content: { text, attachments: fileIds.map((id) => attachmentOf(world, id)) }, mentionEmployeeIds });
      world.changed(conversation, [messageId], false, mentionEmployeeIds);
      return { message };
    },
    editMessage({ messageId, text }) {
      const message = world.message(messageId);
      if (message.content) message.content.text = text;
      update(message, { editedAt: stamp(Date.now()) });
      return { message };
    },
    deleteMessage({ messageId }) {
      const message = world.message(messageId);
      update(message, { deletedAt: stamp(Date.now()) });
      return { message };
    },
    reactToMessage({ messageId, emoji }) {
      const message = world.message(messageId);
      update(message, { ownReaction: emoji });
      return { message };
    },
    cancelMessage({ messageId }) {
      const message = world.message(messageId);
      if (message.status !== MessageStatus.QUEUED) throw refuse("ALREADY_CLAIMED", Code.FailedPrecondition);
      update(message, { status: MessageStatus.CANCELLED });
      return { messages: [message] };
    },
    settleMessage({ messageId }) {
      const message = world.message(messageId);
      update(message, { status: MessageStatus.SENT });
      return { message };
    },
    sendMessageAgain({ messageId, newMessageId, conversationId }, context) {
      const old = world.message(messageId);
      const from = world.conversation(old.conversationId);
      const to = world.conversation(conversationId || old.conversationId);
      if (to !== from && (!to.person?.clientId || to.person.clientId !== from.person?.clientId)) throw refuse("OTHER_CLIENT", Code.FailedPrecondition);
      update(old, { sentAgainAsMessageId: newMessageId });
      const content = { text: (old.content?.text ?? "").replace(/#\w+/gu, ""), attachments: old.content?.attachments ?? [] };
      const message = world.say(to, { messageId: newMessageId, direction: Direction.OUT, status: MessageStatus.QUEUED, authorEmployeeId: world.caller(context).employeeId, content });
      carry(message, update, 0);
      return { message };
    },
    markConversationRead({ conversationId, seq, unread }, context) {
      const me = world.caller(context);
      const key = `${me.employeeId} ${conversationId}`;
      world.marks.set(key, unread ? seq - 1n : seq);
      world.event({ what: { case: "readMarkChanged", value: { conversationId, seq } } });
      return { unread: world.seenBy(world.conversation(conversationId), me).unread };
    },
    setAsideConversation({ conversationId, back }, context) {
      const conversation = world.conversation(conversationId);
      conversation.unlinked = back;
      world.changed(conversation, []);
      return { conversation: world.seenBy(conversation, world.caller(context)) };
    },
    getDraft: ({ conversationId }, context) => {
      const draft = world.drafts.get(`${world.caller(context).employeeId} ${conversationId}`);
      return draft ? { draft } : {};
    },
    saveDraft({ draft }, context) {
      const key = `${world.caller(context).employeeId} ${draft?.conversationId}`;
      const known = world.drafts.get(key);
      if (draft?.etag && known && known.etag !== draft.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const empty = !draft || (!draft.text && !draft.noteText && draft.fileIds.length === 0 && !draft.replyToMessageId);
      if (empty) world.drafts.delete(key);
      else world.drafts.set(key, { ...draft, etag: String(Date.now()) });
      world.event({ what: { case: "draftChanged", value: { conversationId: draft?.conversationId ?? "", etag: world.drafts.get(key)?.etag ?? "" } } });
      const stored = world.drafts.get(key);
      return stored ? { draft: stored } : {};
    },
    rescheduleMessage({ messageId, notBefore }) {
      const message = world.message(messageId);
      update(message, { notBefore });
      carry(message, update, Math.max(0, millis(notBefore) - Date.now()));
      return { messages: [message] };
    },
    signalViewing({ conversationId, left }, context) {
      world.tell({ what: { case: "viewing", value: { conversationId, employeeId: world.caller(context).employeeId, left } } });
      return {};
    },
    signalTyping({ conversationId }, context) {
      world.tell({ what: { case: "typing", value: { conversationId, employeeId: world.caller(context).employeeId } } });
      return {};
    },
  });
}

/** The way of a reply; "#fail", "#late" and "#unknown" in its text end it badly. One for later keeps nobody from closing. */
function carry(message: Message, update: (message: Message, part: Partial<Message>) => void, wait: number): void {
  const text = message.content?.text ?? "";
  setTimeout(() => {
    if (message.status !== MessageStatus.QUEUED || millis(message.notBefore) > Date.now() + 1_000) return;
    update(message, { status: MessageStatus.SENDING });
    setTimeout(() => {
      if (text.includes("#fail")) {
        update(message, { status: MessageStatus.FAILED, failure: { $typeName: "okno.channel.v1.Failure", reason: FailureReason.BLOCKED_BY_CLIENT, providerCode: "403", providerText: "Forbidden: bot was blocked by the user" } });
      } else if (text.includes("#late")) {
        update(message, { status: MessageStatus.FAILED, failure: { $typeName: "okno.channel.v1.Failure", reason: FailureReason.WINDOW_CLOSED, providerCode: "131047", providerText: "Re-engagement message" } });
      } else if (text.includes("#unknown")) update(message, { status: MessageStatus.UNKNOWN });
      else {
        update(message, { status: MessageStatus.SENT, shownAt: stamp(Date.now()) });
        setTimeout(() => update(message, { status: MessageStatus.DELIVERED }), 600);
        setTimeout(() => update(message, { status: MessageStatus.READ }), 2_000);
      }
    }, 400);
  }, wait + 200).unref();
}
