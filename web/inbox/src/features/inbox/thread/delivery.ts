import { Direction, type Message, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import type { Status } from "../../../ui/StatusMark.tsx";

const SOON_MS = 60_000;

/** The shape and the words of a message's delivery; undefined for what is never delivered. */
export function deliveryOf(message: Message, now: number): { status: Status; label: string } | undefined {
  if (message.direction !== Direction.OUT) return undefined;
  const status = STATUS[message.status];
  if (!status) return undefined;
  const notBefore = millis(message.notBefore);
  const retryAt = millis(message.retryAt);
  const notAfter = millis(message.notAfter);
  const latest = notAfter > now ? ` · ${t("status.notAfter", { time: dayAndClock(notAfter, now) })}` : "";
  if (status === "queued" && notBefore > now + SOON_MS) return { status: "scheduled", label: t("status.scheduled", { time: dayAndClock(notBefore, now) }) + latest };
  if (status === "queued" && retryAt > now) return { status, label: t("status.retryAt", { time: dayAndClock(retryAt, now) }) + latest };
  return { status, label: t(`status.${status}`) };
}

const STATUS: Record<MessageStatus, Status | undefined> = {
  [MessageStatus.UNSPECIFIED]: undefined,
  [MessageStatus.QUEUED]: "queued",
  [MessageStatus.SENDING]: "sending",
  [MessageStatus.UNKNOWN]: "unknown",
  [MessageStatus.SENT]: "sent",
  [MessageStatus.DELIVERED]: "delivered",
  [MessageStatus.READ]: "read",
  [MessageStatus.FAILED]: "failed",
  [MessageStatus.CANCELLED]: "cancelled",
};

/** Of several messages that are shown as one, the one whose delivery matters: trouble first, then the slowest. */
export function slowest(messages: readonly [Message, ...Message[]]): Message {
  return messages.reduce((worst, message) => (RANK[message.status] < RANK[worst.status] ? message : worst));
}

const RANK: Record<MessageStatus, number> = {
  [MessageStatus.FAILED]: 0,
  [MessageStatus.UNKNOWN]: 1,
  [MessageStatus.CANCELLED]: 2,
  [MessageStatus.QUEUED]: 3,
  [MessageStatus.SENDING]: 4,
  [MessageStatus.SENT]: 5,
  [MessageStatus.DELIVERED]: 6,
  [MessageStatus.READ]: 7,
  [MessageStatus.UNSPECIFIED]: 8,
};
