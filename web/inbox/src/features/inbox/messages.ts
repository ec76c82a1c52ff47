import type { Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { timestamp } from "../../rpc/clock.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { newId } from "../../rpc/ids.ts";
import { queryClient } from "../../rpc/query.ts";
import { applyMessages } from "./apply.ts";

// What can be done with one message. Each applies the server's answer, or says why not.

type Answer = { message?: Message; messages?: readonly Message[] };

async function answered(call: Promise<Answer>): Promise<Problem | undefined> {
  const asked = performance.now();
  try {
    const { message, messages } = await call;
    applyMessages(queryClient, messages ?? (message ? [message] : []), asked);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** "It arrived", of a message whose outcome is unknown. */
export function settle(message: Message): Promise<Problem | undefined> {
  return answered(conversations.settleMessage({ messageId: message.messageId }));
}

/** Sends it again as a new message, linked to the old one; in another dialog of the same client when one is named. */
export function sendAgain(message: Message, conversationId = ""): Promise<Problem | undefined> {
  return answered(conversations.sendMessageAgain({ messageId: message.messageId, newMessageId: newId(), conversationId }));
}

/** Moves the time of a message that waits. */
export function reschedule(message: Message, at: number): Promise<Problem | undefined> {
  return answered(conversations.rescheduleMessage({ messageId: message.messageId, notBefore: timestamp(at) }));
}

/** Takes a message back that waits for its time. */
export function cancel(message: Message): Promise<Problem | undefined> {
  return answered(conversations.cancelMessage({ messageId: message.messageId }));
}

export function edit(messageId: string, text: string): Promise<Problem | undefined> {
  return answered(conversations.editMessage({ messageId, text, requestId: newId() }));
}

export function remove(message: Message): Promise<Problem | undefined> {
  return answered(conversations.deleteMessage({ messageId: message.messageId, requestId: newId() }));
}

export function react(message: Message, emoji: string): Promise<Problem | undefined> {
  return answered(conversations.reactToMessage({ messageId: message.messageId, emoji, requestId: newId() }));
}
