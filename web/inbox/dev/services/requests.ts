import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { type Conversation, Direction, MessageKind, RequestState } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { type Request, RequestSchema, RequestService } from "../../src/gen/okno/inbox/v1/request_service_pb.ts";
import { refuse, type World } from "../world.ts";

const REASONS = [
  { rejectReasonId: "r1", shortName: "Спам", fullName: "Реклама и рассылки", needsComment: false },
  { rejectReasonId: "r2", shortName: "Не по адресу", fullName: "Вопрос не к нам", needsComment: false },
  { rejectReasonId: "r3", shortName: "Другое", fullName: "Другая причина", needsComment: true },
];

export function requests(router: ConnectRouter, world: World): void {
  const of = (requestId: string): Conversation => {
    const found = [...world.conversations.values()].find((conversation) => conversation.request?.requestId === requestId);
    if (!found) throw refuse("REQUEST_NOT_FOUND", Code.NotFound);
    return found;
  };
  const line = (conversation: Conversation, context: HandlerContext, what: string, part: { employeeId?: string; fromEmployeeId?: string; departmentId?: string } = {}): void => {
    world.say(conversation, { kind: MessageKind.EVENT, direction: Direction.UNSPECIFIED, authorEmployeeId: world.caller(context).employeeId, event: { what, ...part } });
  };
  const give = (conversation: Conversation, employeeId: string): void => {
    if (!conversation.request) return;
    conversation.request.assigneeEmployeeId = employeeId;
    conversation.request.assigneeName = world.employees.get(employeeId)?.name ?? "";
    conversation.request.state = employeeId ? RequestState.ASSIGNED : RequestState.UNASSIGNED;
  };
  const state = (requestId: string, context: HandlerContext, to: RequestState, what: string): { request: { requestId: string } } => {
    const conversation = of(requestId);
    if (conversation.request) conversation.request.state = to;
    if (what) line(conversation, context, what);
    else world.changed(conversation, []);
    return { request: { requestId } };
  };
  router.service(RequestService, {
    getRequest: ({ requestId }) => ({ request: { requestId, decision: { method: of(requestId).request?.assigneeEmployeeId ? "taken" : "queue" } } }),
    listRequests: ({ conversationId, states }) => {
      const { request } = world.conversation(conversationId);
      const all = [...(world.past.get(conversationId) ?? []), ...(request ? [{ ...request, $typeName: "okno.inbox.v1.Request" as const, etag: "1", conversationId }] : [])];
      return { requests: all.filter((found) => states.length === 0 || states.includes(found.state)).map((found) => create(RequestSchema, found as Request)) };
    },
    takeRequest({ requestId }, context) {
      const conversation = of(requestId);
      const me = world.caller(context);
      const assignee = conversation.request?.assigneeEmployeeId ?? "";
      if (assignee && assignee !== me.employeeId) {
        throw refuse("REQUEST_TAKEN", Code.FailedPrecondition, { employee_id: assignee, employee_name: world.employees.get(assignee)?.name ?? "" });
      }
      give(conversation, me.employeeId);
      line(conversation, context, "assigned", { employeeId: me.employeeId });
      return { request: { requestId } };
    },
    transferRequest({ requestId, to, note }, context) {
      const conversation = of(requestId);
      const from = conversation.request?.assigneeEmployeeId ?? "";
      if (note) world.say(conversation, { kind: MessageKind.NOTE, direction: Direction.OUT, authorEmployeeId: world.caller(context).employeeId, content: { text: note } });
      give(conversation, to.case === "employeeId" ? to.value : "");
      line(conversation, context, "transferred", { fromEmployeeId: from, ...(to.case === "employeeId" ? { employeeId: to.value } : { departmentId: to.value ?? "" }) });
      return { request: { requestId } };
    },
    closeRequest: ({ requestId }, context) => state(requestId, context, RequestState.DONE, "closed"),
    rejectRequest: ({ requestId }, context) => state(requestId, context, RequestState.REJECTED, "rejected"),
    reopenRequest: ({ requestId }, context) => state(requestId, context, RequestState.IN_WORK, "reopened"),
    postponeRequest: ({ requestId }, context) => state(requestId, context, RequestState.POSTPONED, ""),
    listRejectReasons: () => ({ reasons: REASONS }),
  });
}
