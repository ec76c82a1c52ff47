import { Button } from "@mantine/core";
import { keyOf } from "../../../app/commands.ts";
import type { ChannelAccount } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock, duration } from "../../../i18n/format.ts";
import { useT } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useLiveState } from "../../../rpc/live/hub.ts";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { take } from "../actions.ts";
import { chooseDraft, type DraftState, type Mode } from "../drafts.ts";
import { whyNoRight } from "../whyNoReply.ts";
import css from "./Composer.module.css";

const SOON_MS = 2 * 3_600_000;

export type Barrier = "blocked" | "window" | "right" | "off" | undefined;

/** What stands in the way of a reply; notes are always possible. The server refuses the same. */
export function useBarrier(conversation: Conversation, account: ChannelAccount | undefined, mode: Mode): Barrier {
  const now = useNow(60_000);
  if (mode === "note") return undefined;
  const until = millis(conversation.replyUntil);
  if (!conversation.canReply) return "right";
  if (conversation.blocked) return "blocked";
  if (account && !account.enabled) return "off";
  if (until > 0 && until < now) return "window";
  return undefined;
}

/** Lines above the field: why a reply cannot go, what else is known. The field keeps its text in each case. */
export function Notices({ conversation, draft, barrier, onTemplate }: { conversation: Conversation; draft: DraftState; barrier: Barrier; onTemplate: (() => void) | undefined }) {
  const t = useT();
  const now = useNow(60_000);
  const offline = useLiveState() === "away";
  const until = millis(conversation.replyUntil);
  const closing = until > now && until - now < SOON_MS;
  const why = {
    right: whyNoRight(conversation.cannotReplyReason),
    blocked: t("composer.blocked"),
    off: t("composer.accountOff"),
    window: t("composer.windowClosed", { time: dayAndClock(until, now) }),
  };
  if (!barrier && !closing && !offline && !draft.theirs) return null;
  return (
    <div className={css.strips}>
      {barrier && (
        <Strip
          tone={barrier === "right" ? "info" : "amber"}
          actions={
            barrier === "right" && conversation.cannotReplyReason === "take_first" ? (
              <Button size="compact-sm" variant="default" onClick={() => void take(conversation)} rightSection={<KeyCap>{keyOf("conversation.take")}</KeyCap>}>
                {t("action.take")}
              </Button>
            ) : (
              barrier === "window" &&
              onTemplate && (
                <Button size="compact-sm" variant="default" onClick={onTemplate}>
                  {t("composer.template")}
                </Button>
              )
            )
          }
        >
          <span id="composer-barrier">{why[barrier]}</span>
        </Strip>
      )}
      {closing && <Strip tone="amber">{t("composer.windowCloses", { time: duration(until - now) })}</Strip>}
      {offline && <Strip>{t("composer.offline")}</Strip>}
      {draft.theirs && (
        <Strip
          tone="amber"
          actions={
            <>
              <Button size="compact-sm" variant="default" onClick={() => chooseDraft(conversation.conversationId, "mine")}>
                {t("composer.mine")}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => chooseDraft(conversation.conversationId, "theirs")}>
                {t("composer.takeTheirs")}
              </Button>
            </>
          }
        >
          {t("composer.theirs")}
        </Strip>
      )}
    </div>
  );
}
