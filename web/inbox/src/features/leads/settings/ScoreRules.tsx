import { Button } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { t } from "../../../i18n/index.ts";
import { announce } from "../../../ui/Announcer.tsx";
import { Flag, SelectField, TextField } from "../../../ui/form/fields.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import css from "../leads.module.css";
import { CONDITIONS } from "../words.ts";
import { blankRule, countsVisits, faultOf, MOST_RULES, moved, type RuleForm, takesDays, takesValues } from "./rules.ts";

type Props = { rules: readonly RuleForm[]; tried: boolean; onChange: (rules: RuleForm[]) => void };

/** Rules in their order, which is that of the breakdown; by buttons, or Alt with an arrow. */
export function ScoreRules({ rules, tried, onChange }: Props) {
  const box = useRef<HTMLOListElement>(null);
  const focus = (index: number, what: string): void => void requestAnimationFrame(() => box.current?.children[index]?.querySelector<HTMLElement>(what)?.focus());
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= rules.length) return;
    onChange(moved(rules, from, to));
    announce(t("leads.movedTo", { name: rules[from]?.name ?? "", n: to + 1 }));
    focus(to, document.activeElement?.closest("[data-move]") ? `[data-move="${to < from ? "up" : "down"}"]` : "input");
  };
  return (
    <>
      <ol ref={box} className={css.rules} aria-label={t("leads.rules")}>
        {rules.map((rule, index) => (
          <li
            key={index}
            className={css.rule}
            onKeyDown={(event) => {
              const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
              if (!step || !event.altKey) return;
              event.preventDefault();
              move(index, index + step);
            }}
          >
            <Rule rule={rule} fault={tried ? faultOf(rule) : undefined} onChange={(part) => onChange(rules.map((one, at) => (at === index ? { ...one, ...part } : one)))} />
            <div className={css.ruleEnd}>
              <IconButton label={t("leads.moveUp", { name: rule.name })} title={t("leads.moveKey")} data-move="up" aria-disabled={index === 0} onClick={() => move(index, index - 1)}>
                <IconArrowUp size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
              <IconButton label={t("leads.moveDown", { name: rule.name })} title={t("leads.moveKey")} data-move="down" aria-disabled={index === rules.length - 1} onClick={() => move(index, index + 1)}>
                <IconArrowDown size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
              <IconButton label={t("form.removeRow", { name: rule.name })} onClick={() => onChange(rules.filter((_, at) => at !== index))}>
                <IconX size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
            </div>
          </li>
        ))}
      </ol>
      {rules.length === 0 && <p className={css.muted}>{t("leads.noRules")}</p>}
      {rules.length < MOST_RULES && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />}
          onClick={() => {
            onChange([...rules, blankRule()]);
            focus(rules.length, "input");
          }}
        >
          {t("leads.addRule")}
        </Button>
      )}
    </>
  );
}

function Rule({ rule, fault, onChange }: { rule: RuleForm; fault: ReturnType<typeof faultOf>; onChange: (part: Partial<RuleForm>) => void }) {
  return (
    <div className={css.ruleFields}>
      <div className={css.ruleTop}>
        <TextField label={t("leads.ruleName")} most={100} error={fault === "name" ? t("form.required") : undefined} value={rule.name} onChange={(name) => onChange({ name })} />
        <TextField label={t("leads.points")} most={5} error={fault === "points" ? t("leads.wrong.points") : undefined} value={rule.points} onChange={(points) => onChange({ points })} />
      </div>
      <SelectField label={t("leads.condition")} value={String(rule.condition)} items={CONDITIONS.map(([one, label]) => [String(one), t(label)])} onChange={(value) => onChange({ condition: Number(value) })} />
      {takesValues(rule.condition) && <TextField label={t("leads.values")} hint={t("leads.valuesHint")} most={5_000} error={fault === "values" ? t("leads.wrong.values") : undefined} value={rule.values} onChange={(values) => onChange({ values })} />}
      {takesDays(rule.condition) && (
        <div className={css.pair}>
          <TextField label={t("leads.atLeast")} digits most={5} error={fault === "days" ? t("leads.wrong.days") : undefined} value={rule.atLeast} onChange={(atLeast) => onChange({ atLeast })} />
          <TextField label={t("leads.atMost")} digits most={5} value={rule.atMost} onChange={(atMost) => onChange({ atMost })} />
        </div>
      )}
      {countsVisits(rule.condition) && (
        <>
          <div className={css.pair}>
            <TextField label={t("leads.times")} digits most={5} error={fault === "days" ? t("leads.wrong.times") : undefined} value={rule.atLeast} onChange={(atLeast) => onChange({ atLeast })} />
            <TextField label={t("leads.timesMost")} digits most={5} value={rule.atMost} onChange={(atMost) => onChange({ atMost })} />
            <TextField label={t("leads.withinDays")} digits most={3} error={fault === "within" ? t("leads.wrong.within") : undefined} value={rule.withinDays} onChange={(withinDays) => onChange({ withinDays })} />
          </div>
          <Flag label={t("leads.call")} checked={rule.call} onChange={(call) => onChange({ call })} />
          {fault === "call" && (
            <p className={css.wrong} role="alert">
              {t("leads.wrong.call")}
            </p>
          )}
        </>
      )}
      <Flag label={t("leads.negated")} checked={rule.negated} onChange={(negated) => onChange({ negated })} />
    </div>
  );
}
