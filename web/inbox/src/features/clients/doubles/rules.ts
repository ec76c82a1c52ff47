import { MatchRule } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { type MatchRuleSetting, type MatchSettings, MatchStrength } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";

export const CLIENT_RULES = [MatchRule.INN, MatchRule.PHONE, MatchRule.EMAIL, MatchRule.IDENTITY, MatchRule.NAME, MatchRule.SIMILAR_NAME, MatchRule.BIRTHDAY] as const;
/** A contact has no tax number. */
export const CONTACT_RULES: readonly MatchRule[] = CLIENT_RULES.filter((rule) => rule !== MatchRule.INN);
export const STRENGTHS = [MatchStrength.UNSPECIFIED, MatchStrength.WEAK, MatchStrength.MEDIUM, MatchStrength.STRONG, MatchStrength.HARD] as const;

/** By rule; one that is off is not there. */
export type Strengths = Readonly<Partial<Record<MatchRule, MatchStrength>>>;
export type RulesForm = { clientRules: Strengths; contactRules: Strengths; /** One a line. */ sharedAddresses: string; checkOnCreate: boolean; checkContactsOnCreate: boolean };

export function formOf({ clientRules, contactRules, sharedAddresses, checkOnCreate, checkContactsOnCreate }: MatchSettings): RulesForm {
  const strengths = (rules: readonly MatchRuleSetting[], of: readonly MatchRule[]): Strengths => Object.fromEntries(of.flatMap((rule) => rules.filter((one) => one.rule === rule).map(({ strength }) => [rule, strength])));
  return { clientRules: strengths(clientRules, CLIENT_RULES), contactRules: strengths(contactRules, CONTACT_RULES), sharedAddresses: sharedAddresses.join("\n"), checkOnCreate, checkContactsOnCreate };
}

/** A rule set to nothing is off. */
export function withStrength(strengths: Strengths, of: readonly MatchRule[], rule: MatchRule, strength: MatchStrength): Strengths {
  return Object.fromEntries(of.flatMap((one) => {
    const value = one === rule ? strength : strengths[one];
    return value ? [[one, value]] : [];
  }));
}

export function message({ clientRules, contactRules, sharedAddresses, checkOnCreate, checkContactsOnCreate }: RulesForm, etag: string) {
  const settings = (strengths: Strengths) => Object.entries(strengths).map(([rule, strength]) => ({ rule: Number(rule), strength }));
  return { etag, clientRules: settings(clientRules), contactRules: settings(contactRules), sharedAddresses: sharedAddresses.split("\n").map((line) => line.trim()).filter(Boolean), checkOnCreate, checkContactsOnCreate };
}
