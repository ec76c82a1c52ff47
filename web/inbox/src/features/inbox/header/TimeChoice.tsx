import { Button } from "@mantine/core";
import { useState } from "react";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { atHour, daysToMonday, parseWhen } from "../../../i18n/when.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { Field } from "../../../ui/Field.tsx";
import css from "./dialogs.module.css";

export type TimePreset = readonly [label: Key, at: (now: number) => number];

const MINUTE = 60_000;
const MORNING = 10;
const EVENING = 18;

export const SNOOZE_PRESETS: readonly TimePreset[] = [
  ["snooze.15m", (now) => now + 15 * MINUTE],
  ["snooze.1h", (now) => now + 60 * MINUTE],
  ["snooze.3h", (now) => now + 180 * MINUTE],
  ["snooze.tomorrow", (now) => atHour(now, 1, MORNING)],
  ["snooze.monday", (now) => atHour(now, daysToMonday(now), MORNING)],
];

export const LATER_PRESETS: readonly TimePreset[] = [
  ["later.evening", (now) => atHour(now, 0, EVENING)],
  ["later.tomorrow", (now) => atHour(now, 1, MORNING)],
  ["later.monday", (now) => atHour(now, daysToMonday(now), MORNING)],
];

type Props = { presets: readonly TimePreset[]; submit: string; onPick: (at: number) => void; /** Why a moment will not do. */ refuse?: (at: number) => string | undefined };

/** A moment by a press, or in words: "завтра 10", "in 2 hours". */
export function TimeChoice({ presets, submit, onPick, refuse }: Props) {
  useT();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const now = serverNow();
  const at = parseWhen(text, now);
  const refused = at === undefined ? undefined : refuse?.(at);
  const pick = (moment: number): void => {
    if (!refuse?.(moment)) onPick(moment);
  };
  return (
    <div className={css.choices}>
      {presets.map(([label, moment], index) => {
        const to = moment(now);
        if (to <= now) return null;
        const why = refuse?.(to);
        return (
          <Button key={label} variant="default" justify="space-between" data-autofocus={index === 0 || undefined} aria-disabled={why ? true : undefined} title={why} rightSection={<span className={css.hint}>{dayAndClock(to, now)}</span>} onClick={() => pick(to)}>
            {t(label)}
          </Button>
        );
      })}
      <form
        className={css.when}
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (at !== undefined) pick(at);
        }}
      >
        <Field label={t("when.label")} hint={at === undefined ? t("when.hint") : dayAndClock(at, now)} error={refused ?? (tried && at === undefined ? t("when.error") : undefined)}>
          {(props) => <input {...props} autoComplete="off" placeholder={t("when.placeholder")} value={text} onChange={(event) => (setTried(false), setText(event.target.value))} />}
        </Field>
        <Button type="submit">{submit}</Button>
      </form>
    </div>
  );
}
