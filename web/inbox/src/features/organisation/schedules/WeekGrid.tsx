import { Button } from "@mantine/core";
import { IconCopy, IconPlus, IconX } from "@tabler/icons-react";
import { useId } from "react";
import { t } from "../../../i18n/index.ts";
import { announce } from "../../../ui/Announcer.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import css from "./schedules.module.css";
import { clockText, DAY_MINUTES, type Fault, faultsOf, nextInterval, parseClock, type Typed, type Week } from "./week.ts";
import { weekday } from "./words.ts";

type Props = { week: Week; disabled: boolean; onChange: (week: Week) => void };

/** Seven days, each with as many intervals as it needs; the bar shows what the fields say. */
export function WeekGrid({ week, disabled, onChange }: Props) {
  const set = (day: number, intervals: readonly Typed[]): void => onChange(week.map((old, index) => (index === day ? intervals : old)));
  const copy = (from: number, to: readonly number[]): void => {
    onChange(week.map((old, index) => (to.includes(index) ? (week[from] ?? []) : old)));
    announce(t("schedules.copied"));
  };
  return (
    <div className={css.week}>
      {week.map((intervals, day) => (
        <Day key={day} day={day} intervals={intervals} disabled={disabled} onChange={(next) => set(day, next)} onCopy={(to) => copy(day, to)} />
      ))}
    </div>
  );
}

type DayProps = { day: number; intervals: readonly Typed[]; disabled: boolean; onChange: (intervals: readonly Typed[]) => void; onCopy: (to: readonly number[]) => void };

function Day({ day, intervals, disabled, onChange, onCopy }: DayProps) {
  const name = weekday(day + 1, "long");
  const faults = faultsOf(intervals);
  const change = (at: number, part: Partial<Typed>): void => onChange(intervals.map((old, index) => (index === at ? { ...old, ...part } : old)));
  const items = (): MenuItem[] => [
    { kind: "action", label: t("schedules.copyWeekdays"), run: () => onCopy([0, 1, 2, 3, 4]) },
    { kind: "action", label: t("schedules.copyAll"), run: () => onCopy([0, 1, 2, 3, 4, 5, 6]) },
  ];
  return (
    <fieldset className={css.day} disabled={disabled}>
      <legend className={css.dayName}>{name}</legend>
      <Bar intervals={intervals} />
      <div className={css.intervals}>
        {intervals.length === 0 && <span className={css.free}>{t("schedules.free")}</span>}
        {intervals.map((interval, at) => (
          <Stretch key={at} name={name} n={at + 1} interval={interval} fault={faults[at]} disabled={disabled} onChange={(part) => change(at, part)} onRemove={() => onChange(intervals.filter((_, index) => index !== at))} />
        ))}
      </div>
      {!disabled && (
        <span className={css.dayTools}>
          <Button variant="subtle" size="compact-sm" aria-label={t("schedules.addInterval", { day: name })} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => onChange([...intervals, nextInterval(intervals)])}>
            {t("schedules.interval")}
          </Button>
          <Menu label={t("schedules.copyDay", { day: name })} items={items}>
            {(button) => (
              <IconButton label={t("schedules.copyDay", { day: name })} small {...button}>
                <IconCopy size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
            )}
          </Menu>
        </span>
      )}
    </fieldset>
  );
}

type StretchProps = { name: string; n: number; interval: Typed; fault: Fault | undefined; disabled: boolean; onChange: (part: Partial<Typed>) => void; onRemove: () => void };

function Stretch({ name, n, interval, fault, disabled, onChange, onRemove }: StretchProps) {
  const id = useId();
  const field = (which: "from" | "to"): React.ReactNode => (
    <input
      className={css.clock}
      inputMode="numeric"
      autoComplete="off"
      maxLength={5}
      aria-label={t(which === "from" ? "schedules.from" : "schedules.to", { day: name, n })}
      aria-invalid={fault ? true : undefined}
      aria-describedby={fault ? id : undefined}
      value={interval[which]}
      onChange={(event) => onChange({ [which]: event.target.value })}
      onBlur={() => {
        const minutes = parseClock(interval[which]);
        if (minutes !== undefined && clockText(minutes) !== interval[which]) onChange({ [which]: clockText(minutes) });
      }}
    />
  );
  return (
    <span className={css.stretch}>
      {field("from")}
      <span aria-hidden="true">–</span>
      {field("to")}
      {!disabled && (
        <IconButton label={t("schedules.removeInterval", { day: name, n })} small onClick={onRemove}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {fault && (
        <span id={id} className={css.fault} role="alert">
          {t(`schedules.fault.${fault}`)}
        </span>
      )}
    </span>
  );
}

/** The day from midnight to midnight; for the eye only. */
function Bar({ intervals }: { intervals: readonly Typed[] }) {
  return (
    <span className={css.bar} aria-hidden="true">
      {intervals.map(({ from, to }, index) => {
        const [start, end] = [parseClock(from), parseClock(to)];
        if (start === undefined || end === undefined || end <= start) return null;
        return <span key={index} style={{ insetInlineStart: `${(start / DAY_MINUTES) * 100}%`, width: `${((end - start) / DAY_MINUTES) * 100}%` }} />;
      })}
    </span>
  );
}
