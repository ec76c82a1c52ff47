import { LeadScoreCondition, type LeadScoreRule, type LeadSettings } from "../../../gen/okno/crm/v1/lead_service_pb.ts";

/** A rule as it is typed: numbers may be half written. */
export type RuleForm = { name: string; points: string; condition: LeadScoreCondition; /** Joined by commas. */ values: string; atLeast: string; atMost: string; negated: boolean; withinDays: string; call: boolean };
export type RulesForm = { scoreRules: RuleForm[]; eraseAfterMonths: string; keepVisitsMonths: string };

export const MOST_RULES = 100;
const MOST_POINTS = 1_000;
const MOST_VALUES = 50;
const MOST_MONTHS = 120;
const MOST_VISIT_MONTHS = 36;
const MOST_DAYS = 365;

const WITH_VALUES: ReadonlySet<LeadScoreCondition> = new Set([LeadScoreCondition.CHANNEL, LeadScoreCondition.SOURCE, LeadScoreCondition.COMMENT, LeadScoreCondition.PAGE_VIEWS, LeadScoreCondition.FORMS_SENT]);
const WITH_DAYS: ReadonlySet<LeadScoreCondition> = new Set([LeadScoreCondition.AGE_DAYS, LeadScoreCondition.SILENT_DAYS]);

export const takesValues = (condition: LeadScoreCondition): boolean => WITH_VALUES.has(condition);
const OF_VISITS: ReadonlySet<LeadScoreCondition> = new Set([LeadScoreCondition.VISITS, LeadScoreCondition.PAGE_VIEWS, LeadScoreCondition.FORMS_SENT]);

/** Counts what was done on the sites within the last days. */
export const countsVisits = (condition: LeadScoreCondition): boolean => OF_VISITS.has(condition);
const needsValues = (condition: LeadScoreCondition): boolean => takesValues(condition) && condition !== LeadScoreCondition.FORMS_SENT;
const takesNumbers = (condition: LeadScoreCondition): boolean => takesDays(condition) || countsVisits(condition);
export const takesDays = (condition: LeadScoreCondition): boolean => WITH_DAYS.has(condition);

export function blankRule(): RuleForm {
  return { name: "", points: "10", condition: LeadScoreCondition.HAS_PHONE, values: "", atLeast: "", atMost: "", negated: false, withinDays: "7", call: false };
}

export function formOf({ scoreRules, eraseAfterMonths, keepVisitsMonths }: LeadSettings): RulesForm {
  const rule = ({ name, points, condition, values, atLeast, atMost, negated, withinDays, call }: LeadScoreRule): RuleForm => ({ name, points: String(points), condition, values: values.join(", "), atLeast: atLeast ? String(atLeast) : "", atMost: atMost === undefined ? "" : String(atMost), negated, withinDays: withinDays ? String(withinDays) : "", call });
  return { scoreRules: scoreRules.map(rule), eraseAfterMonths: eraseAfterMonths ? String(eraseAfterMonths) : "", keepVisitsMonths: String(keepVisitsMonths) };
}

export function valuesOf(text: string): string[] {
  return [...new Set(text.split(",").map((one) => one.trim()))].filter(Boolean);
}

export function message({ scoreRules, eraseAfterMonths, keepVisitsMonths }: RulesForm) {
  return {
    eraseAfterMonths: Number(eraseAfterMonths || 0),
    keepVisitsMonths: Number(keepVisitsMonths),
    scoreRules: scoreRules.map(({ name, points, condition, values, atLeast, atMost, negated, withinDays, call }) => ({
      name: name.trim(),
      points: Number(points),
      condition,
      values: takesValues(condition) ? valuesOf(values) : [],
      atLeast: takesNumbers(condition) ? Number(atLeast || 0) : 0,
      ...(takesNumbers(condition) && atMost.trim() ? { atMost: Number(atMost) } : {}),
      negated,
      ...(countsVisits(condition) ? { withinDays: Number(withinDays), call } : { withinDays: 0, call: false }),
    })),
  };
}

export type RuleFault = "name" | "points" | "values" | "days" | "within" | "call";

/** What of a rule the server would refuse. */
export function faultOf({ name, points, condition, values, atLeast, atMost, negated, withinDays, call }: RuleForm): RuleFault | undefined {
  const days = (text: string): boolean => text.trim() === "" || /^\d{1,5}$/u.test(text.trim());
  if (!name.trim()) return "name";
  if (!/^-?\d+$/u.test(points.trim()) || Math.abs(Number(points)) > MOST_POINTS) return "points";
  const words = valuesOf(values);
  if (takesValues(condition) && ((needsValues(condition) && words.length === 0) || words.length > MOST_VALUES)) return "values";
  if (takesNumbers(condition) && (!days(atLeast) || !days(atMost) || (atMost.trim() !== "" && Number(atLeast || 0) > Number(atMost)))) return "days";
  if (countsVisits(condition) && !(/^\d{1,3}$/u.test(withinDays.trim()) && Number(withinDays) >= 1 && Number(withinDays) <= MOST_DAYS)) return "within";
  // Nobody is called for what was not done.
  if (countsVisits(condition) && call && (negated || Number(atLeast || 0) === 0)) return "call";
  return undefined;
}

export function areMonths(text: string, least = 0, most = MOST_MONTHS): boolean {
  return /^\d{1,3}$/u.test(text.trim()) && Number(text) >= least && Number(text) <= most;
}

export function keepsVisits(text: string): boolean {
  return areMonths(text, 1, MOST_VISIT_MONTHS);
}

/** The row goes one place up or down; the others close up. */
export function moved<T>(all: readonly T[], from: number, to: number): T[] {
  const left = all.filter((_, at) => at !== from);
  const one = all[from];
  if (one === undefined || to < 0 || to >= all.length) return [...all];
  return [...left.slice(0, to), one, ...left.slice(to)];
}
