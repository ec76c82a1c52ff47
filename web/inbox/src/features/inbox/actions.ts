import { useSyncExternalStore } from "react";
import type { Conversation } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { RequestState } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Request } from "../../gen/okno/inbox/v1/request_service_pb.ts";
import { timestamp } from "../../rpc/clock.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { queryClient } from "../../rpc/query.ts";
import { employeeId } from "../../rpc/session.ts";
import { inTurn } from "../../rpc/turns.ts";
import { fetchWhenIdle } from "../../ui/part.ts";
import { patchConversation } from "./apply.ts";
import { refreshConversation } from "./live.ts";
import { turnOf } from "./outbox.ts";

// What can be done with the request of a conversation. Each shows its result at once; an answer of "no" takes it
// back and stands as a strip in the conversation until it is read.

type Calls = typeof import("../../rpc/requests.ts").requests;

/** Comes ahead of the first deed. Without it a deed ends as without a connection. */
const calls = async (): Promise<Calls> => (await import("../../rpc/requests.ts")).requests;
fetchWhenIdle(calls);

let refusals: ReadonlyMap<string, Problem> = new Map();
const listeners = new Set<() => void>();

/** Why the last action in this conversation was refused. */
export function useRefusal(conversationId: string): Problem | undefined {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => refusals.get(conversationId),
  );
}

/** The same outside of React. */
export function refusalOf(conversationId: string): Problem | undefined {
  return refusals.get(conversationId);
}

export function forgetRefusal(conversationId: string): void {
  setRefusal(conversationId, undefined);
}

export function take(row: Conversation): Promise<boolean> {
  const mine = { state: RequestState.ASSIGNED, assigneeEmployeeId: employeeId(), assigneeName: "" };
  // Whoever takes a request may answer at once: what is sent meanwhile goes behind it.
  const open = row.cannotReplyReason === "take_first" ? { canReply: true, cannotReplyReason: "" } : {};
  return act(row, mine, (requestId) => inTurn(turnOf(row), async () => (await calls()).takeRequest({ requestId })), open);
}

export type Receiver = { employeeId: string; name: string } | { departmentId: string; name: string };

export function transfer(row: Conversation, to: Receiver, note: string): Promise<boolean> {
  const brief =
    "employeeId" in to
      ? { state: RequestState.ASSIGNED, assigneeEmployeeId: to.employeeId, assigneeName: to.name }
      : { state: RequestState.UNASSIGNED, assigneeEmployeeId: "", assigneeName: "", departmentId: to.departmentId };
  const target = "employeeId" in to ? { case: "employeeId" as const, value: to.employeeId } : { case: "departmentId" as const, value: to.departmentId };
  return act(row, brief, async (requestId) => (await calls()).transferRequest({ requestId, note, to: target }));
}

export function close(row: Conversation): Promise<boolean> {
  return act(row, { state: RequestState.DONE }, async (requestId) => (await calls()).closeRequest({ requestId }));
}

export function reject(row: Conversation, rejectReasonId: string, comment: string): Promise<boolean> {
  return act(row, { state: RequestState.REJECTED }, async (requestId) => (await calls()).rejectRequest({ requestId, rejectReasonId, comment }));
}

export function postpone(row: Conversation, untilMs: number): Promise<boolean> {
  return act(row, { state: RequestState.POSTPONED }, async (requestId) => (await calls()).postponeRequest({ requestId, until: timestamp(untilMs) }));
}

/** Opens a closed request again; by its id, since the row no longer names it. */
export async function reopen(conversationId: string, requestId: string): Promise<boolean> {
  return settle(conversationId, calls().then((requests) => requests.reopenRequest({ requestId })));
}

async function act(
  row: Conversation,
  brief: Partial<NonNullable<Conversation["request"]>>,
  call: (requestId: string) => Promise<{ request?: Request }>,
  open: Partial<Conversation> = {},
): Promise<boolean> {
  const { conversationId, request: before } = row;
  if (!before) return false;
  const hoped = { ...before, ...brief };
  patchConversation(queryClient, employeeId(), conversationId, (known) => ({ ...known, ...open, request: hoped }));
  const done = await settle(conversationId, call(before.requestId));
  // What the server has told meanwhile stands; only our own hope is taken back.
  if (!done) patchConversation(queryClient, employeeId(), conversationId, (known) => (known.request === hoped ? { ...known, canReply: row.canReply, cannotReplyReason: row.cannotReplyReason, request: before } : known));
  return done;
}

async function settle(conversationId: string, answer: Promise<{ request?: Request }>): Promise<boolean> {
  forgetRefusal(conversationId);
  try {
    await answer;
    return true;
  } catch (error) {
    setRefusal(conversationId, problemOf(error));
    return false;
  } finally {
    // Right or wrong, the row that counts is the server's.
    refreshConversation(conversationId);
  }
}

function setRefusal(conversationId: string, problem: Problem | undefined): void {
  const next = new Map(refusals);
  if (problem) next.set(conversationId, problem);
  else next.delete(conversationId);
  refusals = next;
  for (const tell of listeners) tell();
}
