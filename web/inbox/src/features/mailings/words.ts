import { type Mailing, MailingRecipientState as Recipient, type MailingRecipient, MailingState } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { FailureReason } from "../../gen/okno/channel/v1/inbound_pb.ts";
import { t } from "../../i18n/index.ts";
import type { Tone } from "../../ui/Chip.tsx";

const STATES = {
  [MailingState.UNSPECIFIED]: ["gray", "mailing.draft"],
  [MailingState.DRAFT]: ["gray", "mailing.draft"],
  [MailingState.RUNNING]: ["accent", "mailing.running"],
  [MailingState.STOPPED]: ["amber", "mailing.stopped"],
  [MailingState.DONE]: ["green", "mailing.done"],
} as const satisfies Record<MailingState, [Tone, string]>;

export function stateOf({ state }: Mailing): { tone: Tone; text: string } {
  const [tone, key] = STATES[state];
  return { tone, text: t(key) };
}

const RECIPIENT = {
  [Recipient.UNSPECIFIED]: ["gray", "recipient.waiting"],
  [Recipient.WAITING]: ["gray", "recipient.waiting"],
  [Recipient.QUEUED]: ["accent", "recipient.queued"],
  [Recipient.SENT]: ["green", "recipient.sent"],
  [Recipient.FAILED]: ["red", "recipient.failed"],
  [Recipient.UNSUBSCRIBED]: ["violet", "recipient.unsubscribed"],
  [Recipient.SKIPPED]: ["gray", "recipient.skipped"],
  [Recipient.UNKNOWN]: ["amber", "recipient.unknown"],
} as const satisfies Record<Recipient, [Tone, string]>;

export function recipientState(state: Recipient): { tone: Tone; text: string } {
  const [tone, key] = RECIPIENT[state];
  return { tone, text: t(key) };
}

/** What happened, in our words and the server's own. */
export function whyOf({ state, failure, skippedBecause }: MailingRecipient): string {
  if (state === Recipient.SKIPPED) return skippedBecause === "served" ? t("recipient.served") : t("recipient.cancelled");
  if (state === Recipient.UNKNOWN) return t("recipient.unknownHint");
  if (state !== Recipient.FAILED) return "";
  const name = FailureReason[failure?.reason ?? FailureReason.UNSPECIFIED] as keyof typeof FailureReason;
  const ours = t(`failure.${name ?? "UNSPECIFIED"}`);
  return failure?.providerText ? t("recipient.why", { ours, theirs: failure.providerText }) : ours;
}
