import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ConversationSchema, Direction, type Message, MessageKind, MessageSchema, RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { EmployeeSchema, Role } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { factOf, placeOf } from "./facts.ts";

const ME = create(EmployeeSchema, { employeeId: "me", roles: [Role.OPERATOR], departmentIds: ["sales"] });
const row = (assigneeEmployeeId: string, departmentId = "sales", state = RequestState.IN_WORK) =>
  create(ConversationSchema, { conversationId: "c", channel: "telegram", request: { requestId: "r", assigneeEmployeeId, departmentId, state } });
const say = (part: Partial<Pick<Message, "kind" | "direction" | "authorEmployeeId" | "mentionEmployeeIds">> & { event?: { what: string; employeeId: string } }) =>
  factOf(create(MessageSchema, { kind: MessageKind.MESSAGE, direction: Direction.IN, ...part }), row("me"), ME);

test("a customer's message rings, one's own reply and a colleague's do not", () => {
  expect(say({})?.kind).toBe("inbound");
  expect(say({ kind: MessageKind.BUTTON })?.kind).toBe("inbound");
  expect(say({ direction: Direction.OUT, authorEmployeeId: "other" })).toBeUndefined();
});

test("a note rings for whom it mentions", () => {
  expect(say({ kind: MessageKind.NOTE, direction: Direction.OUT, mentionEmployeeIds: ["me"] })?.kind).toBe("mention");
  expect(say({ kind: MessageKind.NOTE, direction: Direction.OUT, mentionEmployeeIds: ["other"] })).toBeUndefined();
});

test("assignments ring for whom they name, and tell who did it", () => {
  expect(say({ kind: MessageKind.EVENT, event: { what: "transferred", employeeId: "me" }, authorEmployeeId: "other" })).toMatchObject({ kind: "transferred", own: false });
  expect(say({ kind: MessageKind.EVENT, event: { what: "assigned", employeeId: "me" }, authorEmployeeId: "me" })).toMatchObject({ kind: "assigned", own: true });
  expect(say({ kind: MessageKind.EVENT, event: { what: "transferred", employeeId: "other" } })).toBeUndefined();
});

test("the queue is that of own departments, for an administrator too", () => {
  const administrator = create(EmployeeSchema, { ...ME, roles: [Role.ADMINISTRATOR] });
  expect(placeOf(row(""), ME)).toEqual({ mine: false, queue: true });
  expect(placeOf(row("", "service"), administrator)).toEqual({ mine: false, queue: false });
  expect(placeOf(row("", "sales"), administrator)).toEqual({ mine: false, queue: true });
  expect(placeOf(row("me", "sales", RequestState.DONE), ME)).toEqual({ mine: false, queue: false });
});
