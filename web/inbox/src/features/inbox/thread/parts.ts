import { type Message, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

// What only some messages need comes when a message needs it, together with the messages: nothing moves for it later.

export const Extras = part(() => withTexts(import("./Extras.tsx"), "work").then(({ Extras: component }) => component), { ahead: true });

const loadRemedies = () => withTexts(import("./Remedies.tsx"), "work");
export const FailedRemedies = part(() => loadRemedies().then(({ FailedRemedies: component }) => component), { ahead: true });
export const UnknownRemedies = part(() => loadRemedies().then(({ UnknownRemedies: component }) => component), { ahead: true });

/** A part that does not come must not keep the messages away. */
const AT_MOST_MS = 1_000;

/** Waits for the parts that these messages are drawn with, a second at most. */
export async function partsOf(messages: readonly Message[]): Promise<void> {
  const wanted = [
    messages.some(hasExtras) && Extras.fetch(),
    messages.some(({ status }) => status === MessageStatus.FAILED) && FailedRemedies.fetch(),
    messages.some(({ status }) => status === MessageStatus.UNKNOWN) && UnknownRemedies.fetch(),
  ].filter((coming) => coming !== false);
  if (wanted.length > 0) await Promise.race([Promise.all(wanted), new Promise((resolve) => setTimeout(resolve, AT_MOST_MS))]);
}

/** What stands below the words or instead of them. */
export function hasExtras({ content }: Message): boolean {
  return content !== undefined && (content.location !== undefined || content.contactCard !== undefined || content.form.length > 0 || content.unsupported !== "" || content.buttons.length > 0);
}
