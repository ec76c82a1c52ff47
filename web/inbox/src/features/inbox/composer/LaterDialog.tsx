import { useState } from "react";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { LATER_PRESETS, TimeChoice } from "../header/TimeChoice.tsx";
import css from "./Composer.module.css";

type Props = {
  /** When the channel stops taking free answers; 0: never. */
  replyUntil: number;
  /** Whether one may say by when it has to be gone; not for a reply that has its latest time already. */
  withLatest?: boolean;
  /** What was said to be its latest time; 0: none. */
  latest?: number;
  onClose: () => void;
  onPick: (at: number, notAfter: number | undefined) => void;
};

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** How long after its time a reply may still go. */
const SPANS: readonly (readonly [hours: number, label: Key])[] = [
  [0, "later.whenever"],
  [1, "later.within.hour"],
  [3, "later.within.hours"],
  [24, "later.within.day"],
];

/** When a reply is to go, and by when at the latest. A time after the window's end is refused here, not then. */
export function LaterDialog({ replyUntil, withLatest = false, latest = 0, onClose, onPick }: Props) {
  useT();
  const [hours, setHours] = useState(0);
  const refuse = (at: number): string | undefined => {
    const now = serverNow();
    if (replyUntil > 0 && at > replyUntil) return t("later.windowEnds", { time: dayAndClock(replyUntil, now) });
    if (latest > 0 && at >= latest) return t("later.latest", { time: dayAndClock(latest, now) });
    return at > now + YEAR_MS ? t("later.tooFar") : undefined;
  };
  return (
    <Dialog title={t("composer.sendLater")} onClose={onClose}>
      {withLatest && (
        <div className={css.latest}>
          <Field label={t("later.until")} hint={t(hours ? "later.untilHint" : "later.wheneverHint")}>
            {(props) => (
              <select {...props} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
                {SPANS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {t(label)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      )}
      <TimeChoice
        presets={LATER_PRESETS}
        submit={t("composer.sendLater")}
        refuse={refuse}
        onPick={(at) => {
          onClose();
          onPick(at, hours ? at + hours * HOUR_MS : undefined);
        }}
      />
    </Dialog>
  );
}
