import { useEffect, useRef } from "react";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { conversations } from "../../../rpc/clients.ts";
import { queryClient } from "../../../rpc/query.ts";
import { employeeId } from "../../../rpc/session.ts";
import { patchConversation } from "../apply.ts";
import { isInbound } from "./order.ts";

const IN_VIEW_MS = 500;

/** Moves the reader's mark: the tab is visible and focused, and the message was in view for half a second. */
export function useReadMark(conversationId: string, readSeq: bigint, seen: readonly Message[]): void {
  const told = useRef({ conversationId, seq: readSeq });
  if (told.current.conversationId !== conversationId) told.current = { conversationId, seq: readSeq };
  if (readSeq > told.current.seq) told.current.seq = readSeq;
  const newest = seen.reduce((seq, message) => (isInbound(message) && message.seq > seq ? message.seq : seq), 0n);

  useEffect(() => {
    if (newest <= told.current.seq) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arm = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "visible" && document.hasFocus()) timer = setTimeout(tell, IN_VIEW_MS);
    };
    const tell = (): void => {
      if (newest <= told.current.seq) return;
      void mark(conversationId, newest).then((marked) => {
        const { current } = told;
        if (marked && current.conversationId === conversationId && current.seq < newest) current.seq = newest;
      });
    };
    arm();
    addEventListener("focus", arm);
    document.addEventListener("visibilitychange", arm);
    return () => {
      clearTimeout(timer);
      removeEventListener("focus", arm);
      document.removeEventListener("visibilitychange", arm);
    };
  }, [conversationId, newest]);
}

async function mark(conversationId: string, seq: bigint): Promise<boolean> {
  try {
    const { unread } = await conversations.markConversationRead({ conversationId, seq });
    patchConversation(queryClient, employeeId(), conversationId, (row) => ({ ...row, unread }));
    return true;
  } catch {
    // The next message in view, or the tab that is looked at again, tries once more.
    return false;
  }
}
