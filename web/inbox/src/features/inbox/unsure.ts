import type { QueryClient } from "@tanstack/react-query";
import type { Conversation } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { conversations } from "../../rpc/clients.ts";
import { patchList, unsureOf } from "./apply.ts";
import { keys, type ListData } from "./cache.ts";
import type { ListFilter } from "./filter.ts";
import { listQuestion } from "./queries.ts";

/**
 * News of a row from which the page cannot tell whether it belongs into a list that is on the screen (`joins`): the list's
 * first page is asked for once, and only these rows are taken from it. What stands there already stays where it is.
 */
export async function askUnsure(client: QueryClient, me: string, rows: readonly Conversation[]): Promise<void> {
  const shown = client.getQueryCache().findAll({ queryKey: keys.lists, type: "active" });
  for (const { queryKey, state } of shown) {
    const filter = queryKey[2] as ListFilter;
    const unsure = new Set(state.data ? unsureOf(state.data as ListData, filter, me, rows).map((row) => row.conversationId) : []);
    if (unsure.size === 0) continue;
    const { conversations: first } = await conversations.listConversations(listQuestion(filter, ""));
    const found = first.filter((row) => unsure.has(row.conversationId));
    const asked = found.map((row) => row.conversationId);
    client.setQueryData<ListData>(queryKey, (data) => data && patchList(data, filter, me, { asked, rows: found, listed: true }));
  }
}
