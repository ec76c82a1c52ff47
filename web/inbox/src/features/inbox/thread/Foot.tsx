import { Suspense, useState } from "react";
import { type Message, MessageKind } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t, withTexts } from "../../../i18n/index.ts";
import { millis, serverNow, useNow } from "../../../rpc/clock.ts";
import { part } from "../../../ui/part.ts";
import { Later } from "../../../ui/States.tsx";
import { StatusMark } from "../../../ui/StatusMark.tsx";
import { Time } from "../../../ui/Time.tsx";
import { deliveryOf, slowest } from "./delivery.ts";
import css from "./Foot.module.css";
import { shownAt } from "./order.ts";

const Versions = part(() => withTexts(import("./Versions.tsx"), "work").then(({ Versions: component }) => component), { ahead: true });

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
      {open && (
        <Suspense fallback={<Later>{t("state.loading")}</Later>}>
          <Versions messageId={message.messageId} />
        </Suspense>
      )}
    </>
  );
}
