import { useRef } from "react";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";

type Held = { list: string; order: readonly string[]; activity: ReadonlyMap<string, bigint> };

/**
 * Rows in the order that the reader sees: while the list is held, nothing moves and what is new waits.
 * `sorted` is how it would be; `list` names the list, another one is never held by the last.
 */
export function useHeldOrder(list: string, sorted: readonly Conversation[], held: boolean): { rows: readonly Conversation[]; waiting: number; release: () => void } {
  const memory = useRef<Held | undefined>(undefined);
  const keep = memory.current;
  const release = (): void => {
    memory.current = undefined;
  };
  if (!held || !keep || keep.list !== list || keep.order.length === 0) {
    memory.current = { list, order: sorted.map((row) => row.conversationId), activity: new Map(sorted.map((row) => [row.conversationId, activityOf(row)])) };
    return { rows: sorted, waiting: 0, release };
  }
  return { ...arrange(keep, sorted), release };
}

/** Known rows where they stood. A page that was loaded below follows at the end; what came above only counts. */
export function arrange(keep: Pick<Held, "order" | "activity">, sorted: readonly Conversation[]): { rows: Conversation[]; waiting: number } {
  const byId = new Map(sorted.map((row) => [row.conversationId, row]));
  const rows = keep.order.flatMap((id) => byId.get(id) ?? []);
  const lastKnown = sorted.findLastIndex((row) => keep.activity.has(row.conversationId));
  let waiting = 0;
  sorted.forEach((row, index) => {
    const before = keep.activity.get(row.conversationId);
    if (before === undefined && index > lastKnown) rows.push(row);
    else if (before === undefined || (before !== activityOf(row) && row.unread > 0)) waiting += 1;
  });
  return { rows, waiting };
}

function activityOf(row: Conversation): bigint {
  return row.lastActivityAt ? row.lastActivityAt.seconds * 1_000_000_000n + BigInt(row.lastActivityAt.nanos) : 0n;
}
