import { useEffect, useRef } from "react";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { announce } from "../../../ui/Announcer.tsx";
import { nameOf } from "../names.ts";
import { isInbound } from "./order.ts";
import { quoteText } from "./quoteText.ts";

const MANY = 3;

/** Says what is new in the open thread: never what was loaded by scrolling, never our own. */
export function useAnnounceNew(conversation: Conversation, messages: readonly Message[], more: boolean): void {
  const newest = messages.reduce((seq, message) => (message.seq > seq ? message.seq : seq), 0n);
  const heard = useRef(newest);
  useEffect(() => {
    const fresh = messages.filter((message) => isInbound(message) && message.seq > heard.current);
    if (newest > heard.current) heard.current = newest;
    // A stretch in the middle of the thread: what comes below is read, not news.
    if (fresh.length === 0 || more) return;
    if (fresh.length >= MANY) announce(t("thread.announceMany", { n: fresh.length }));
    else for (const message of fresh) announce(t("thread.announce", { name: nameOf(conversation), text: quoteText(message) }));
  }, [conversation, messages, newest, more]);
}
