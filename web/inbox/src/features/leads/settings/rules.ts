import { LeadScoreCondition, type LeadScoreRule, type LeadSettings } from "../../../gen/okno/crm/v1/lead_service_pb.ts";

/** A rule as it is typed: numbers may be half written. */
export type RuleForm = { name: string; points: string; condition: LeadScoreCondition; /** Joined by commas. */ values: string; atLeast: string; atMost: string; negated: boolean };
export type RulesForm = { scoreRules: RuleForm[]; eraseAfterMonths: string };

export const MOST_RULES = 100;
const MOST_POINTS = 1_000;
const MOST_VALUES = 50;
const MOST_MONTHS = 120;

const WITH_VALUES: ReadonlySet<LeadScoreCondition> = new Set([LeadScoreCondition.CHANNEL, LeadScoreCondition.SOURCE, LeadScoreCondition.COMMENT]);
const WITH_DAYS: ReadonlySet<LeadScoreCondition> = new Set([LeadScoreCondition.AGE_DAYS, LeadScoreCondition.SILENT_DAYS]);

export const takesValues = (condition: LeadScoreCondition): boolean => WITH_VALUES.has(condition);
export const takesDays = (condition: LeadScoreCondition): boolean => WITH_DAYS.has(condition);

export function blankRule(): RuleForm {
  return { name: "", points: "10", condition: LeadScoreCondition.HAS_PHONE, values: "", atLeast: "", atMost: "", negated: false };
}

export function formOf({ scoreRules, eraseAfterMonths }: LeadSettings): RulesForm {
  const rule = ({ name, points, condition, values, atLeast, atMost, negated }: LeadScoreRule): RuleForm => ({ name, points: String(points), condition, values: values.join(", "), atLeast: atLeast ? String(atLeast) : "", atMost: atMost === undefined ? "" : String(atMost), negated });
  return { scoreRules: scoreRules.map(rule), eraseAfterMonths: eraseAfterMonths ? String(eraseAfterMonths) : "" };
}

export function valuesOf(text: string): string[] {
  return [...new Set(text.split(",").map((one) => one.trim()))].filter(Boolean);
}

export function message({ scoreRules, eraseAfterMonths }: RulesForm) {
  return {
    eraseAfterMonths: Number(eraseAfterMonths || 0),
    scoreRules: scoreRules.map(({ name, points, condition, values, atLeast, atMost, negated }) => ({
      name: name.trim(),
      points: Number(points),
      condition,
      values: takesValues(condition) ? valuesOf(values) : [],
      atLeast: takesDays(condition) ? Number(atLeast || 0) : 0,
      ...(takesDays(condition) && atMost.trim() ? { atMost: Number(atMost) } : {}),
      negated,
    })),
  };
}

export type RuleFault = "name" | "points" | "values" | "days";

/** What of a rule the server would refuse. */
export function faultOf({ name, points, condition, values, atLeast, atMost }: RuleForm): RuleFault | undefined {
  const days = (text: string): boolean => text.trim() === "" || /^\d{1,5}$/u.test(text.trim());
  if (!name.trim()) return "name";
  if (!/^-?\d+$/u.test(points.trim()) || Math.abs(Number(points)) > MOST_POINTS) return "points";
  const words = valuesOf(values);
  if (takesValues(condition) && (words.length === 0 || words.length > MOST_VALUES)) return "values";
  if (takesDays(condition) && (!days(atLeast) || !days(atMost) || (atMost.trim() !== "" && Number(atLeast || 0) > Number(atMost)))) return "days";
  return undefined;
}

export function areMonths(text: string, least = 0): boolean {
  return /^\d{1,3}$/u.test(text.trim()) && Number(text) >= least && Number(text) <= MOST_MONTHS;
}

/** The row goes one place up or down; the others close up. */
export function moved<T>(all: readonly T[], from: number, to: number): T[] {
  const left = all.filter((_, at) => at !== from);
  const one = all[from];
  if (one === undefined || to < 0 || to >= all.length) return [...all];
  return [...left.slice(0, to), one, ...left.slice(to)];
}
