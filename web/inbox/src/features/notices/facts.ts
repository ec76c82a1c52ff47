import { type Conversation, Direction, type Message, MessageKind, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { Role } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { millis } from "../../rpc/clock.ts";
import type { Fact } from "./decide.ts";

export type Told = Fact & { conversation: Conversation; message: Message };

/** Whom a conversation waits for, seen by one employee. */
export function placeOf({ request }: Conversation, me: Employee): { mine: boolean; queue: boolean } {
  if (!request || request.state === RequestState.DONE || request.state === RequestState.REJECTED) return { mine: false, queue: false };
  const { assigneeEmployeeId, departmentId } = request;
  // What others may not see does not reach them; an administrator sees all and is told of the own departments.
  const own = me.roles.includes(Role.ADMINISTRATOR) ? me.departmentIds.includes(departmentId) : true;
  return { mine: assigneeEmployeeId === me.employeeId, queue: assigneeEmployeeId === "" && own };
}

/** What a new message means for one employee; undefined when it means nothing. */
export function factOf(message: Message, conversation: Conversation, me: Employee): Told | undefined {
  const kind = kindOf(message, me.employeeId);
  if (!kind) return undefined;
  return { kind, channel: conversation.channel, own: message.authorEmployeeId === me.employeeId, at: millis(message.createdAt) || millis(message.shownAt), ...placeOf(conversation, me), conversation, message };
}

function kindOf(message: Message, me: string): Fact["kind"] | undefined {
  if (message.deletedAt) return undefined;
  if (message.mentionEmployeeIds.includes(me)) return "mention";
  if (message.kind === MessageKind.EVENT && message.event?.employeeId === me) {
    if (message.event.what === "transferred") return "transferred";
    if (message.event.what === "assigned") return "assigned";
  }
  const said = message.kind === MessageKind.MESSAGE || message.kind === MessageKind.BUTTON;
  return said && message.direction === Direction.IN ? "inbound" : undefined;
}
