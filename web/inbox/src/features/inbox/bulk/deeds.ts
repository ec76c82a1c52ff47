import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Key } from "../../../i18n/index.ts";
import { conversations } from "../../../rpc/clients.ts";
import { type Problem, problemOf } from "../../../rpc/errors.ts";
import { close, forgetRefusal, postpone, type Receiver, refusalOf, reopen, take, transfer } from "../actions.ts";
import { putAside } from "../header/aside.ts";
import { refreshConversation } from "../live.ts";
import { isOpen, isUnassigned } from "../views.ts";

/** One thing that is done to many rows. */
export type Deed = {
  /** "Finished: 12" */
  done: Key;
  /** Whom it concerns; the others are left alone and counted as such. */
  concerns: (row: Conversation) => boolean;
  run: (row: Conversation) => Promise<Problem | undefined>;
  /** Takes it back, where that is possible. */
  undo?: (row: Conversation) => Promise<unknown>;
};

export const TAKE: Deed = {
  done: "bulk.done.take",
  concerns: isUnassigned,
  run: (row) => reported(row, take(row)),
  undo: (row) => giveBack(row),
};

export const FINISH: Deed = {
  done: "bulk.done.finish",
  concerns: isOpen,
  run: (row) => reported(row, close(row)),
  undo: (row) => reopen(row.conversationId, row.request?.requestId ?? ""),
};

export const READ: Deed = {
  done: "bulk.done.read",
  concerns: (row) => row.unread > 0,
  run: async ({ conversationId, lastSeq }) => {
    try {
      await conversations.markConversationRead({ conversationId, seq: lastSeq });
      refreshConversation(conversationId);
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  },
};

export const SET_ASIDE: Deed = {
  done: "bulk.done.setAside",
  concerns: (row) => row.unlinked,
  run: (row) => putAside(row, false),
  undo: (row) => putAside(row, true),
};

export function handTo(to: Receiver, note: string): Deed {
  return { done: "bulk.done.transfer", concerns: isOpen, run: (row) => reported(row, transfer(row, to, note)), undo: (row) => giveBack(row) };
}

export function snoozeUntil(at: number): Deed {
  return { done: "bulk.done.snooze", concerns: isOpen, run: (row) => reported(row, postpone(row, at)) };
}

/** Back to whoever had it: the employee, else the department's queue. */
function giveBack({ request, ...row }: Conversation): Promise<unknown> {
  if (!request) return Promise.resolve();
  const { assigneeEmployeeId, assigneeName, departmentId } = request;
  const to: Receiver = assigneeEmployeeId ? { employeeId: assigneeEmployeeId, name: assigneeName } : { departmentId, name: "" };
  return transfer({ ...row, request }, to, "");
}

/** The refusal goes into the report, not into a strip of a conversation that nobody looks at. */
async function reported({ conversationId }: Conversation, act: Promise<boolean>): Promise<Problem | undefined> {
  if (await act) return undefined;
  const problem = refusalOf(conversationId);
  forgetRefusal(conversationId);
  return problem;
}
