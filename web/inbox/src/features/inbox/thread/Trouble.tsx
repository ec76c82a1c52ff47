import { Suspense } from "react";
import { Direction, type Message, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { FailureReason } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { useThread } from "./context.ts";
import { slowest } from "./delivery.ts";
import css from "./Foot.module.css";
import { FailedRemedies, UnknownRemedies } from "./parts.ts";

/** Below a message that did not go, or of which nobody knows: the reason at once, the remedies in the place kept for them. */
export function Trouble({ messages }: { messages: readonly [Message, ...Message[]] }) {
  const { conversation } = useThread();
  const message = slowest(messages);
  if (message.direction !== Direction.OUT || message.deletedAt) return null;
  const failed = message.status === MessageStatus.FAILED;
  if (!failed && message.status !== MessageStatus.UNKNOWN) return null;
  return (
    <div className={css.trouble} data-tone={failed ? "red" : "amber"}>
      <span>{failed ? t("failed.line", { reason: reasonOf(message) }) : t("unknown.line", { channel: channelTitle(conversation.channel) })}</span>
      <Suspense fallback={<span className={css.room} />}>{failed ? <FailedRemedies message={message} /> : <UnknownRemedies message={message} />}</Suspense>
    </div>
  );
}

function reasonOf({ failure }: Message): string {
  const code = failure?.reason ?? FailureReason.UNSPECIFIED;
  return t(`failure.${(FailureReason[code] ?? "UNSPECIFIED") as keyof typeof FailureReason}`);
}
