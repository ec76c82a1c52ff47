import { Button } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "../../../i18n/index.ts";
import { Field } from "../../../ui/Field.tsx";
import org from "../organisation.module.css";
import css from "./schedules.module.css";
import { dateText } from "./words.ts";

type Props = { days: readonly string[]; disabled: boolean; onChange: (days: readonly string[]) => void };

const DAY_MS = 86_400_000;
const MOST = 1_000;

/** Dates on which nobody works, whatever weekday they are; one or a stretch of them at a time. */
export function DaysOff({ days, disabled, onChange }: Props) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const years = [...new Set(days.map((day) => day.slice(0, 4)))];
  const wrong = from !== "" && to !== "" && to < from;
  const add = (): void => {
    if (!from || wrong) return;
    onChange([...new Set([...days, ...stretch(from, to || from)])].sort().slice(0, MOST));
    setFrom("");
    setTo("");
  };
  return (
    <div className={org.form}>
      {days.length === 0 && <p className={org.muted}>{t("schedules.noDaysOff")}</p>}
      {years.map((year) => (
        <section key={year} aria-label={year}>
          <h3 className={css.year}>{year}</h3>
          <ul className={css.dates}>
            {days
              .filter((day) => day.startsWith(year))
              .map((day) => (
                <li key={day} className={css.date}>
                  <time dateTime={day}>{dateText(day)}</time>
                  {!disabled && (
                    <button type="button" aria-label={t("schedules.removeDay", { day: dateText(day) })} onClick={() => onChange(days.filter((other) => other !== day))}>
                      <IconX size={14} stroke={1.75} aria-hidden="true" />
                    </button>
                  )}
                </li>
              ))}
          </ul>
        </section>
      ))}
      {!disabled && (
        <div className={css.addDay}>
          <Field label={t("schedules.dayFrom")}>{(props) => <input {...props} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />}</Field>
          <Field label={t("schedules.dayTo")} error={wrong ? t("schedules.fault.dates") : undefined}>
            {(props) => <input {...props} type="date" min={from || undefined} value={to} onChange={(event) => setTo(event.target.value)} />}
          </Field>
          <Button variant="default" disabled={!from || wrong} onClick={add}>
            {t("schedules.addDay")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Every date from one to another, both included; at most a year of them. */
function stretch(from: string, to: string): string[] {
  const start = Date.parse(`${from}T12:00:00Z`);
  const count = Math.min(366, Math.round((Date.parse(`${to}T12:00:00Z`) - start) / DAY_MS) + 1);
  return Array.from({ length: count }, (_, day) => new Date(start + day * DAY_MS).toISOString().slice(0, 10));
}
