import { dayAndClock } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { LATER_PRESETS, TimeChoice } from "../header/TimeChoice.tsx";

type Props = { /** When the channel stops taking free answers; 0: never. */ replyUntil: number; onClose: () => void; onPick: (at: number) => void };

const YEAR_MS = 365 * 86_400_000;

/** When a reply is to go. A time after the window's end is refused here, not then. */
export function LaterDialog({ replyUntil, onClose, onPick }: Props) {
  useT();
  const refuse = (at: number): string | undefined => {
    const now = serverNow();
    if (replyUntil > 0 && at > replyUntil) return t("later.windowEnds", { time: dayAndClock(replyUntil, now) });
    return at > now + YEAR_MS ? t("later.tooFar") : undefined;
  };
  return (
    <Dialog title={t("composer.sendLater")} onClose={onClose}>
      <TimeChoice
        presets={LATER_PRESETS}
        submit={t("composer.sendLater")}
        refuse={refuse}
        onPick={(at) => {
          onClose();
          onPick(at);
        }}
      />
    </Dialog>
  );
}
