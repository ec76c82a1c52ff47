import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.ts";
import type { AttachmentKind } from "../src/gen/okno/channel/v1/content_pb.ts";
import type { AccessLevel } from "../src/gen/okno/crm/v1/access_service_pb.ts";
import type { Client, FieldChange } from "../src/gen/okno/crm/v1/client_service_pb.ts";
import type { Contact } from "../src/gen/okno/crm/v1/contact_service_pb.ts";
import type { ClientLink } from "../src/gen/okno/crm/v1/client_link_service_pb.ts";
import type { Contract } from "../src/gen/okno/crm/v1/contract_service_pb.ts";
import type { DirectoryEntry } from "../src/gen/okno/crm/v1/directory_service_pb.ts";
import type { CustomField } from "../src/gen/okno/crm/v1/field_service_pb.ts";
import type { ErrorReason } from "../src/gen/okno/errors/v1/reason_pb.ts";
import { type ChannelAccount } from "../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Conversation, Direction, type Message, MessageKind, MessageSchema, RequestState } from "../src/gen/okno/inbox/v1/conversation_pb.ts";
import { type Draft } from "../src/gen/okno/inbox/v1/conversation_service_pb.ts";
import { type Folder } from "../src/gen/okno/inbox/v1/folder_service_pb.ts";
import type { Request } from "../src/gen/okno/inbox/v1/request_service_pb.ts";
import type { View } from "../src/gen/okno/inbox/v1/view_service_pb.ts";
import { type EventSchema } from "../src/gen/okno/live/v1/event_pb.ts";
import { type WatchResponse, WatchResponseSchema } from "../src/gen/okno/live/v1/live_service_pb.ts";
import type { Department, Schedule } from "../src/gen/okno/org/v1/department_service_pb.ts";
import type { Employee } from "../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";

export type StoredFile = { name: string; mimeType: string; bytes: Buffer; width: number; height: number; durationMs?: number; kind?: AttachmentKind };
export type Part = Exclude<MessageInitShape<typeof MessageSchema>, Message>;

/** All that the mock knows, and who listens. */
export class World {
  employees = new Map<string, Employee>();
  passwords = new Map<string, string>();
  totp = new Set<string>();
  departments = new Map<string, Department>();
  schedules = new Map<string, Schedule>();
  demoConnected = false;
  accounts = new Map<string, ChannelAccount>();
  folders = new Map<string, Folder>();
  conversations = new Map<string, Conversation>();
  messages = new Map<string, Message[]>();
  clients = new Map<string, Client>();
  /** Clients that may not be opened, where doubles are told of. */
  closed = new Set<string>();
  photos = new Map<string, { photo: Uint8Array<ArrayBuffer>; contentType: string }>();
  contacts = new Map<string, Contact>();
  contracts = new Map<string, Contract>();
  links = new Map<string, ClientLink>();
  entries = new Map<string, DirectoryEntry>();
  customFields = new Map<string, CustomField>();
  levels = new Map<string, AccessLevel>();
  /** Of versioned fields, newest first. */
  changes: FieldChange[] = [];
  views = new Map<string, View>();
  /** Finished requests, by conversation. */
  past = new Map<string, Request[]>();
  drafts = new Map<string, Draft>();
  marks = new Map<string, bigint>();
  mentions = new Set<string>();
  files = new Map<string, StoredFile>();
  sessions = new Map<string, string>();
  preferences = new Map<string, Record<string, string>>();
  listeners = new Set<(response: WatchResponse) => void>();
  log: WatchResponse[] = [];
  requestNumber = 400n;

  /** Who calls, by the cookie. */
  caller(context: HandlerContext): Employee {
    const secret = /(?:^|;\s*)mock=([\w-]+)/u.exec(context.requestHeader.get("cookie") ?? "")?.[1] ?? "";
    const employee = this.employees.get(this.sessions.get(secret) ?? "");
    if (!employee) throw refuse("NOT_SIGNED_IN", Code.Unauthenticated);
    return employee;
  }

  conversation(id: string): Conversation {
    const found = this.conversations.get(id);
    if (!found) throw refuse("CONVERSATION_NOT_FOUND", Code.NotFound);
    return found;
  }

  message(id: string): Message {
    for (const list of this.messages.values()) {
      const found = list.find((message) => message.messageId === id);
      if (found) return found;
    }
    throw refuse("MESSAGE_NOT_FOUND", Code.NotFound);
  }

  /** Appends a message and tells. */
  say(conversation: Conversation, part: Part): Message {
    const seq = (conversation.lastSeq += 1n);
    const now = stamp(Date.now());
    const message = create(MessageSchema, {
      messageId: newId(),
      conversationId: conversation.conversationId,
      seq,
      position: seq,
      shownAt: now,
      createdAt: now,
      kind: MessageKind.MESSAGE,
      direction: Direction.IN,
      ...part,
    });
    const thread = this.messages.get(conversation.conversationId) ?? [];
    thread.push(message);
    this.messages.set(conversation.conversationId, thread);
    if (message.kind !== MessageKind.EVENT) {
      conversation.lastMessage = {
        $typeName: "okno.inbox.v1.LastMessage",
        messageId: message.messageId,
        direction: message.direction,
        kind: message.kind,
        text: (message.content?.text ?? "").slice(0, 200),
        attachmentKind: message.content?.attachments[0]?.kind ?? 0,
        status: message.status,
        shownAt: message.shownAt,
      };
      conversation.lastActivityAt = message.shownAt;
    }
    if (message.direction === Direction.IN && message.kind === MessageKind.MESSAGE) {
      this.openRequest(conversation);
      conversation.waitingSince ??= message.shownAt;
    }
    if (message.direction === Direction.OUT && message.kind === MessageKind.MESSAGE) conversation.waitingSince = undefined;
    this.changed(conversation, [message.messageId], message.direction === Direction.IN);
    return message;
  }

  private openRequest(conversation: Conversation): void {
    const state = conversation.request?.state ?? RequestState.UNSPECIFIED;
    if (state !== RequestState.UNSPECIFIED && state !== RequestState.DONE && state !== RequestState.REJECTED) return;
    this.requestNumber += 1n;
    conversation.request = {
      $typeName: "okno.inbox.v1.RequestBrief",
      requestId: newId(),
      number: this.requestNumber,
      state: RequestState.UNASSIGNED,
      assigneeEmployeeId: "",
      assigneeName: "",
      departmentId: this.accounts.get(conversation.accountId)?.departmentId ?? "",
      receivedAt: stamp(Date.now()),
    };
  }

  changed(conversation: Conversation, messageIds: string[], inbound = false, mentionEmployeeIds: string[] = []): void {
    conversation.revision += 1n;
    const last = this.messages.get(conversation.conversationId)?.findLast((message) => message.messageId === conversation.lastMessage?.messageId);
    if (last && conversation.lastMessage) conversation.lastMessage.status = last.status;
    this.event({
      what: {
        case: "conversationChanged",
        value: {
          conversationId: conversation.conversationId,
          revision: conversation.revision,
          messageIds,
          inbound,
          mentionEmployeeIds,
          requestId: conversation.request?.requestId ?? "",
          assigneeEmployeeId: conversation.request?.assigneeEmployeeId ?? "",
        },
      },
    });
  }

  event(event: MessageInitShape<typeof EventSchema>): void {
    this.tell({ what: { case: "event", value: { area: "inbox", epoch: "1", position: BigInt(this.log.length + 1), ...event } } });
  }

  tell(part: Omit<MessageInitShape<typeof WatchResponseSchema>, "$typeName">): void {
    const response = create(WatchResponseSchema, { ...part, serverTime: stamp(Date.now()), resumeToken: String(this.log.length + 1) });
    this.log.push(response);
    for (const listener of this.listeners) listener(response);
  }

  /** A conversation as one employee sees it. */
  seenBy(conversation: Conversation, me: Employee): Conversation {
    const mark = this.marks.get(`${me.employeeId} ${conversation.conversationId}`) ?? 0n;
    const inbound = (this.messages.get(conversation.conversationId) ?? []).filter((message) => message.direction === Direction.IN && message.kind === MessageKind.MESSAGE);
    const assignee = conversation.request?.assigneeEmployeeId ?? "";
    const open = conversation.request && conversation.request.state !== RequestState.DONE && conversation.request.state !== RequestState.REJECTED;
    const reason = !open ? "" : assignee === "" ? "take_first" : assignee === me.employeeId ? "" : "assigned_to_other";
    return {
      ...conversation,
      unread: inbound.filter((message) => message.seq > mark).length,
      hasDraft: this.drafts.has(`${me.employeeId} ${conversation.conversationId}`),
      canReply: reason === "",
      cannotReplyReason: reason,
      request: open ? conversation.request : undefined,
    };
  }
}

export function refuse(reason: keyof typeof ErrorReason, code: Code, metadata: Record<string, string> = {}): ConnectError {
  return new ConnectError(reason, code, undefined, [{ desc: ErrorInfoSchema, value: { domain: "okno", reason, metadata } }]);
}

export function stamp(ms: number): { $typeName: "google.protobuf.Timestamp"; seconds: bigint; nanos: number } {
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
