import { useRef, useState } from "react";
import { Direction, type Message, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { useEmployeeId } from "../../../rpc/session.ts";

type Input = { conversationId: string; messages: readonly Message[]; writing: boolean };

/** A reply by a colleague that came after this one was begun; undefined when there is none, or it was taken note of. */
export function useCollision({ messages, writing }: Input): { by: Message | undefined; accept: () => void } {
  const me = useEmployeeId();
  const begun = useRef<bigint | undefined>(undefined);
  const [accepted, setAccepted] = useState(0n);
  const newest = messages.reduce((seq, message) => (message.seq > seq ? message.seq : seq), 0n);
  if (!writing) begun.current = undefined;
  // Nothing is loaded yet: a restored draft begins with what is there when it is.
  else if (newest > 0n) begun.current ??= newest;
  const since = begun.current;
  const by = since === undefined ? undefined : answerSince(messages, since > accepted ? since : accepted, me);
  return { by, accept: () => setAccepted(newest) };
}

/** The newest reply of another employee after `seq`. */
export function answerSince(messages: readonly Message[], seq: bigint, me: string): Message | undefined {
  return messages.findLast(
    (message) => message.seq > seq && message.direction === Direction.OUT && message.kind === MessageKind.MESSAGE && message.authorEmployeeId !== "" && message.authorEmployeeId !== me && message.status !== MessageStatus.CANCELLED && message.status !== MessageStatus.FAILED,
  );
}
