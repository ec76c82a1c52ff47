import type { MatchRule } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";

const RULES: readonly Key[] = ["doubles.rule.1", "doubles.rule.2", "doubles.rule.3", "doubles.rule.4", "doubles.rule.5", "doubles.rule.6", "doubles.rule.7"];

export function ruleName(rule: MatchRule): string {
  const key = RULES[rule - 1];
  return key ? t(key) : "";
}

/** "Same: phone, name" */
export function matchedText(matched: readonly MatchRule[]): string {
  return t("doubles.matched", { what: matched.map(ruleName).filter(Boolean).join(", ") });
}
