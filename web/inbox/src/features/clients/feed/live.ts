import { useEffect } from "react";
import { onLive } from "../../../rpc/live/hub.ts";
import { queryClient } from "../../../rpc/query.ts";
import { askAnew } from "../../../rpc/settle.ts";
import { type Feed, missed, withHead } from "./apply.ts";
import { feedKey, feedPage } from "./queries.ts";
import type { FeedQuery } from "./query.ts";

const COLLECT_MS = 300;
/** A dialog that is not known here may be a new one of theirs. */
const STRANGER_MS = 10_000;

/** What is new comes on top by itself. */
export function useFeedNews(clientId: string, query: FeedQuery): void {
  const key = feedKey(clientId, query);
  const name = JSON.stringify(key);
  useEffect(() => {
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due = Infinity;
    let off = false;
    const anew = (): void => askAnew(queryClient, { queryKey: feedKey(clientId) });
    const look = async (): Promise<void> => {
      due = Infinity;
      const ids = new Set(changed);
      changed.clear();
      try {
        const head = await feedPage(clientId, query, "");
        if (off) return;
        const known = queryClient.getQueryData<Feed>(key);
        if (!known || missed(known, head, ids)) return anew();
        queryClient.setQueryData<Feed>(key, withHead(known, head));
      } catch {
        // What is shown stays as it was; opened anew it is asked anew.
      }
    };
    const soon = (ms: number): void => {
      if (Date.now() + ms >= due) return;
      clearTimeout(timer);
      due = Date.now() + ms;
      timer = setTimeout(() => void look(), ms);
    };
    const leave = onLive(({ response: { what }, fresh }) => {
      // Nobody knows what was missed meanwhile.
      if (what.case === "reset" || (what.case === "hello" && fresh)) anew();
      if (what.case !== "event") return;
      const { what: change } = what.value;
      switch (change.case) {
        case "conversationChanged": {
          for (const id of change.value.messageIds) changed.add(id);
          const ours = queryClient.getQueryData<Feed>(key)?.pages[0]?.conversationIds.includes(change.value.conversationId) ?? false;
          if (ours) soon(COLLECT_MS);
          else if (document.visibilityState === "visible") soon(STRANGER_MS);
          break;
        }
        case "clientChanged":
        case "contactChanged":
          if (change.value.clientId === clientId) soon(COLLECT_MS);
          break;
        case "contactPointLinked":
          if (change.value.clientId === clientId || change.value.clientId === "") anew();
          break;
        case "feedPinsChanged":
          if (change.value.clientId === clientId) anew();
      }
    });
    return () => {
      off = true;
      leave();
      clearTimeout(timer);
    };
  }, [clientId, name]);
}
