import type { ComponentType } from "react";
import { type Message, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

const drawn = <P extends object>(load: () => Promise<ComponentType<P>>) => part(() => withTexts(load(), "work"), { ahead: true });

// What only some messages need comes when a message needs it, together with the messages: nothing moves for it later.
export const Extras = drawn(() => import("./Extras.tsx").then(({ Extras: component }) => component));
export const Attachments = drawn(() => import("./Media.tsx").then(({ Attachments: component }) => component));
export const Deleted = drawn(() => import("./Deleted.tsx").then(({ Deleted: component }) => component));
export const EventLine = drawn(() => import("./EventLine.tsx").then(({ EventLine: component }) => component));
export const Removed = drawn(() => import("./Removed.tsx").then(({ Removed: component }) => component));
export const Quote = drawn(() => import("./Quote.tsx").then(({ Quote: component }) => component));

export const Letter = part(() => withTexts(import("../letters/Letter.tsx"), "work", "letters").then(({ Letter: component }) => component));
export const FailedRemedies = drawn(() => import("./Remedies.tsx").then(({ FailedRemedies: component }) => component));
export const UnknownRemedies = drawn(() => import("./Remedies.tsx").then(({ UnknownRemedies: component }) => component));

/** A part that does not come must not keep the messages away. */
const AT_MOST_MS = 1_000;

/** Waits for the parts that these messages are drawn with, a second at most. */
export async function partsOf(messages: readonly Message[]): Promise<void> {
  const wanted = [
    messages.some(hasExtras) && Extras.fetch(),
    messages.some(({ content }) => content?.attachments.length) && Attachments.fetch(),
    messages.some(({ deletedAt }) => deletedAt) && Deleted.fetch(),
    messages.some(({ kind }) => kind === MessageKind.EVENT) && EventLine.fetch(),
    messages.some(({ replyToMessageId, content }) => replyToMessageId || content?.quoteText) && Quote.fetch(),
    messages.some(({ content }) => content?.letter) && Letter.fetch(),
    messages.some(({ status }) => status === MessageStatus.FAILED) && FailedRemedies.fetch(),
    messages.some(({ status }) => status === MessageStatus.UNKNOWN) && UnknownRemedies.fetch(),
  ].filter((coming) => coming !== false);
  if (wanted.length > 0) await Promise.race([Promise.all(wanted), new Promise((resolve) => setTimeout(resolve, AT_MOST_MS))]);
}

/** What stands below the words or instead of them. */
export function hasExtras({ content }: Message): boolean {
  return content !== undefined && (content.location !== undefined || content.contactCard !== undefined || content.form.length > 0 || content.unsupported !== "" || content.buttons.length > 0);
}
