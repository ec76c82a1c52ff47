import { Button } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { FailureReason } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import { t, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import type { Problem } from "../../../rpc/errors.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { part } from "../../../ui/part.ts";
import { toast } from "../../../ui/toasts.ts";
import { giveBack } from "../giveBack.ts";
import { sendAgain, settle } from "../messages.ts";
import { wantTemplate } from "../templates/wish.ts";
import { useThread } from "./context.ts";
import css from "./Foot.module.css";

const OtherChannels = part(() => withTexts(import("./OtherChannels.tsx"), "work").then(({ OtherChannels: component }) => component), { ahead: true });

/** Where the same words cannot go the same way: another channel, or other words, is what helps. */
const ELSEWHERE = new Set([FailureReason.BLOCKED_BY_CLIENT, FailureReason.UNREACHABLE, FailureReason.WINDOW_CLOSED, FailureReason.CANNOT_WRITE_FIRST, FailureReason.NOT_SUPPORTED, FailureReason.FILE_REJECTED, FailureReason.FILE_TOO_LARGE, FailureReason.BARRED_BY_US, FailureReason.ADVERTISING_REFUSED, FailureReason.UNDELIVERABLE]);
const REWORD = new Set([FailureReason.TOO_LONG, FailureReason.MODERATED, FailureReason.TEMPLATE_REFUSED]);
/** A text that the channel has approved goes all the same. */
const BY_TEMPLATE = new Set([FailureReason.WINDOW_CLOSED, FailureReason.TEMPLATE_REFUSED]);

/** What can be done about a message that did not go, the best first, and what the provider said. */
export function FailedRemedies({ message }: { message: Message }) {
  const { conversation, capabilities } = useThread();
  const code = message.failure?.reason ?? FailureReason.UNSPECIFIED;
  const order: readonly Remedy[] = ELSEWHERE.has(code) ? [Elsewhere, Reword, Again] : REWORD.has(code) ? [Reword, Elsewhere] : [Again, Elsewhere, Reword];
  const first: readonly Remedy[] = BY_TEMPLATE.has(code) && capabilities?.templates ? [Template] : [];
  const usable = [...first, ...order.filter((remedy) => isUsable(remedy, message, conversation))];
  const remedies = usable.map((Part, index) => <Part key={index} message={message} best={index === 0} />);
  return (
    <>
      {message.sentAgainAsMessageId ? <span>{t("message.sentAgain")}</span> : remedies}
      <Details message={message} />
    </>
  );
}

/** It arrived, or it is sent again: only a person can tell. */
export function UnknownRemedies({ message }: { message: Message }) {
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => void settle(message).then(complain)}>
        {t("unknown.arrived")}
      </Button>
      {message.sentAgainAsMessageId ? <span>{t("message.sentAgain")}</span> : <Choice label={t("unknown.again")} run={() => void sendAgain(message).then(complain)} />}
    </>
  );
}

type RemedyProps = { message: Message; best: boolean };
type Remedy = (props: RemedyProps) => React.ReactNode;

/** Other words need words, another dialog a client who is known. */
function isUsable(remedy: Remedy, message: Message, { person }: Conversation): boolean {
  if (remedy === Elsewhere) return Boolean(person?.clientId);
  return remedy !== Reword || Boolean(message.content?.text);
}

/** The best remedy is a button, the others are quiet. */
function Choice({ label, run, best = false }: { label: string; run: () => void; best?: boolean }) {
  if (!best) {
    return (
      <button type="button" className={css.link} onClick={run}>
        {label}
      </button>
    );
  }
  return (
    <Button size="compact-sm" variant="default" onClick={run}>
      {label}
    </Button>
  );
}

function Again({ message, best }: RemedyProps) {
  return <Choice best={best} label={t("failed.again")} run={() => void sendAgain(message).then(complain)} />;
}

/** The composer opens the picker. */
function Template({ best }: RemedyProps) {
  const { conversationId } = useThread().conversation;
  return <Choice best={best} label={t("failed.template")} run={() => wantTemplate(conversationId)} />;
}

/** Another dialog of the same client. */
function Elsewhere({ message, best }: RemedyProps) {
  const { conversation } = useThread();
  return (
    <Flyout label={t("failed.elsewhere")} width={300} place="top-end" content={(close) => <OtherChannels conversation={conversation} message={message} onClose={close} />}>
      {(button) =>
        best ? (
          <Button size="compact-sm" variant="default" rightSection={<IconChevronDown size={14} stroke={2} aria-hidden="true" />} {...button}>
            {t("failed.elsewhere")}
          </Button>
        ) : (
          <button type="button" className={css.link} {...button}>
            {t("failed.elsewhere")}
          </button>
        )
      }
    </Flyout>
  );
}

/** The words back in the field, to be said otherwise; never over what stands there already. */
function Reword({ message, best }: RemedyProps) {
  const { conversation } = useThread();
  const { conversationId } = conversation;
  const run = (): void => {
    giveBack(conversationId, "reply", { text: message.content?.text ?? "", replyTo: "", files: [] });
    document.getElementById("composer")?.focus();
  };
  return <Choice best={best} label={t("failed.reword")} run={run} />;
}

function Details({ message: { failure } }: { message: Message }) {
  const [shown, setShown] = useState(false);
  if (!failure || !(failure.providerCode || failure.providerText)) return null;
  return (
    <>
      <button type="button" className={css.link} aria-expanded={shown} onClick={() => setShown(!shown)}>
        {t("failed.details")}
      </button>
      {shown && (
        <code className={css.code}>
          {failure.providerCode} {failure.providerText}
        </code>
      )}
    </>
  );
}

function complain(problem: Problem | undefined): void {
  if (problem) toast(problemText(problem), { error: true });
}
