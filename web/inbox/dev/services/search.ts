import type { ConnectRouter } from "@connectrpc/connect";
import type { Message } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { SearchService } from "../../src/gen/okno/inbox/v1/search_service_pb.ts";
import type { World } from "../world.ts";

/** Of the word that is found so many letters stand before it. */
const BEFORE = 40;
const AFTER = 80;

const textOf = (message: Message): string => message.content?.text ?? "";

/** As the router finds messages, but for the forms of words: here a word is found by how it begins. */
export function search(router: ConnectRouter, world: World): void {
  router.service(SearchService, {
    findMessages({ query, conversationId, pageSize }, context) {
      const me = world.caller(context);
      const words = query.toLowerCase().split(/\s+/u).filter(Boolean);
      const all = [...world.messages].flatMap(([id, messages]) => (conversationId && conversationId !== id ? [] : messages));
      const fits = all.filter((message) => !message.deletedAt && words.every((word) => textOf(message).toLowerCase().split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))));
      const found = fits.sort((a, b) => Number(b.shownAt?.seconds ?? 0n) - Number(a.shownAt?.seconds ?? 0n)).slice(0, pageSize || 20);
      const messages = found.map((message) => {
        const { messageId, conversationId: of, seq, shownAt, direction, kind } = message;
        const text = textOf(message);
        const at = text.toLowerCase().indexOf(words[0] ?? "");
        const end = at + (words[0]?.length ?? 0);
        const snippet = [{ text: text.slice(Math.max(0, at - BEFORE), at), found: false }, { text: text.slice(at, end), found: true }, { text: text.slice(end, end + AFTER), found: false }];
        return { messageId, conversationId: of, seq, ...(shownAt && { shownAt }), direction, kind, snippet: snippet.map((part) => ({ ...part, text: part.text.trim() })).filter((part) => part.text) };
      });
      const ids = [...new Set(messages.map((message) => message.conversationId))];
      return { messages, conversations: ids.map((id) => world.seenBy(world.conversation(id), me)) };
    },
  });
}
