import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { conversations } from "../../../rpc/clients.ts";
import { type Problem, problemOf } from "../../../rpc/errors.ts";
import { toast } from "../../../ui/toasts.ts";
import { refreshConversation } from "../live.ts";

/** Says that an unlinked dialog needs no deal, or that it does. */
export async function putAside({ conversationId, lastSeq }: Conversation, back: boolean): Promise<Problem | undefined> {
  try {
    await conversations.setAsideConversation({ conversationId, back, seq: lastSeq });
    refreshConversation(conversationId);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** The same for one dialog, said in a line that can take it back. */
export async function setAside(row: Conversation): Promise<void> {
  const problem = await putAside(row, false);
  toast(problem ? problemText(problem) : t("done.setAside"), problem ? {} : { undo: () => void putAside(row, true) });
}
