import { Button } from "@mantine/core";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { toast } from "../../../ui/toasts.ts";
import { postpone } from "../actions.ts";
import css from "./dialogs.module.css";

const MINUTE = 60_000;
const MORNING_HOUR = 10;

const CHOICES: readonly [Key, (now: number) => number][] = [
  ["snooze.15m", (now) => now + 15 * MINUTE],
  ["snooze.1h", (now) => now + 60 * MINUTE],
  ["snooze.3h", (now) => now + 180 * MINUTE],
  ["snooze.tomorrow", tomorrow],
];

type Props = { conversation: Conversation; onClose: () => void; onDone: () => void };

/** Puts a request aside until a time, or until the customer writes. */
export function SnoozeDialog({ conversation, onClose, onDone }: Props) {
  useT();
  const until = async (at: number): Promise<void> => {
    onClose();
    onDone();
    const done = await postpone(conversation, at);
    toast(done ? t("done.snoozed", { time: dayAndClock(at, serverNow()) }) : t("refused.title"), { error: !done });
  };
  return (
    <Dialog title={t("snooze.title")} onClose={onClose}>
      <div className={css.choices}>
        {CHOICES.map(([label, at], index) => (
          <Button key={label} variant="default" justify="start" data-autofocus={index === 0 || undefined} onClick={() => void until(at(serverNow()))}>
            {t(label)}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}

function tomorrow(now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, MORNING_HOUR).getTime();
}
