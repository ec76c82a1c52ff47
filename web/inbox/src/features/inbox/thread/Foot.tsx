import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { type Message, MessageKind } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { ConversationService } from "../../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, serverNow, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Later } from "../../../ui/States.tsx";
import { StatusMark } from "../../../ui/StatusMark.tsx";
import { Time } from "../../../ui/Time.tsx";
import { deliveryOf, slowest } from "./delivery.ts";
import css from "./Foot.module.css";
import { shownAt } from "./order.ts";

type Messages = readonly [Message, ...Message[]];

/** Time, edits, reactions and, of ours, what became of it. */
export function Foot({ messages }: { messages: Messages }) {
  const now = useNow(60_000);
  const last = messages.at(-1) ?? messages[0];
  const edited = messages.find((message) => message.editedAt);
  const reactions = [...new Set(messages.flatMap((message) => (message.ownReaction ? [...message.reactions, message.ownReaction] : message.reactions)))];
  const delivery = messages[0].kind === MessageKind.NOTE ? undefined : deliveryOf(slowest(messages), now);
  return (
    <div className={css.foot}>
      {reactions.length > 0 && (
        <span className={css.reactions} role="img" aria-label={t("message.reactions", { list: reactions.join(" ") })}>
          {reactions.join(" ")}
        </span>
      )}
      {edited && <Edited message={edited} />}
      <Time at={shownAt(last)} />
      {delivery && <StatusMark status={delivery.status} label={delivery.label} />}
      {delivery?.status === "read" && <span>{delivery.label}</span>}
    </div>
  );
}

function Edited({ message }: { message: Message }) {
  const [open, setOpen] = useState(false);
  const words = message.editedOriginalUnknown ? t("message.editedUnknown") : t("message.edited", { time: dayAndClock(millis(message.editedAt), serverNow()) });
  return (
    <>
      <button type="button" className={css.link} aria-expanded={open} onClick={() => setOpen(!open)}>
        {words}
      </button>
      {open && <Versions messageId={message.messageId} />}
    </>
  );
}

function Versions({ messageId }: { messageId: string }) {
  const { data, error } = useQuery(ConversationService.method.listMessageVersions, { messageId, pageSize: 50 }, { staleTime: 0 });
  if (error) return <p role="alert">{problemText(problemOf(error))}</p>;
  if (!data) return <Later>{t("state.loading")}</Later>;
  return (
    <section className={css.versions} aria-label={t("message.versions")}>
      <p className={css.versionsTitle}>{t("message.versions")}</p>
      {data.versions.length === 0 && <p>{t("message.noVersions")}</p>}
      {data.versions.map((version, index) => (
        <div key={index}>
          <p className={css.until}>{t("message.versionUntil", { time: dayAndClock(millis(version.until), serverNow()) })}</p>
          <p className={css.versionText}>{version.content?.text}</p>
        </div>
      ))}
    </section>
  );
}
