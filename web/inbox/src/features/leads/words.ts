import { AddressKind, ClientKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { MatchRule } from "../../gen/okno/crm/v1/duplicate_pb.ts";
import { type Lead, LeadNextStep, LeadScoreCondition, LeadState } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import type { Tone } from "../../ui/Chip.tsx";

const STATE_WORDS: Readonly<Record<number, readonly [Key, Tone]>> = {
  [LeadState.NEW]: ["leads.state.new", "accent"],
  [LeadState.REPEATED]: ["leads.state.repeated", "amber"],
  [LeadState.CONVERTED]: ["leads.state.converted", "green"],
  [LeadState.REPEATED_PROCESSED]: ["leads.state.processed", "gray"],
  [LeadState.DECLINED]: ["leads.state.declined", "red"],
};

export function stateWord(state: number): string {
  const found = STATE_WORDS[state];
  return found ? t(found[0]) : "";
}

export function stateTone(state: number): Tone {
  return STATE_WORDS[state]?.[1] ?? "gray";
}

export function isOpen({ state }: Pick<Lead, "state">): boolean {
  return state === LeadState.NEW || state === LeadState.REPEATED;
}

const STEP_WORDS: Readonly<Record<number, Key>> = {
  [LeadNextStep.ASSIGN]: "leads.step.assign",
  [LeadNextStep.ANSWER]: "leads.step.answer",
  [LeadNextStep.CONVERT]: "leads.step.convert",
  [LeadNextStep.REMIND]: "leads.step.remind",
  [LeadNextStep.DECLINE]: "leads.step.decline",
  [LeadNextStep.JOIN]: "leads.step.join",
  [LeadNextStep.MERGE]: "leads.step.merge",
  [LeadNextStep.CALL]: "leads.step.call",
};

/** What to do now, as the button says it; empty when nothing is left to do. */
export function stepWord(step: LeadNextStep): string {
  const key = STEP_WORDS[step];
  return key ? t(key) : "";
}

export const KINDS: readonly (readonly [ClientKind, Key])[] = [
  [ClientKind.PERSON, "leads.person"],
  [ClientKind.COMPANY, "leads.company"],
];

export function kindWord(kind: number): string {
  return t(kind === ClientKind.COMPANY ? "leads.company" : "leads.person");
}

export const ADDRESS_KINDS: readonly (readonly [AddressKind, Key])[] = [
  [AddressKind.PHONE, "leads.address.phone"],
  [AddressKind.EMAIL, "leads.address.email"],
  [AddressKind.MESSENGER, "leads.address.messenger"],
  [AddressKind.SITE, "leads.address.site"],
  [AddressKind.POSTAL, "leads.address.postal"],
];

export function addressWord(kind: number): string {
  const found = ADDRESS_KINDS.find(([one]) => one === kind);
  return found ? t(found[1]) : "";
}

/** What counts up a score; the order in which it is offered. */
export const CONDITIONS: readonly (readonly [LeadScoreCondition, Key])[] = [
  [LeadScoreCondition.CHANNEL, "leads.condition.channel"],
  [LeadScoreCondition.SOURCE, "leads.condition.source"],
  [LeadScoreCondition.COMMENT, "leads.condition.comment"],
  [LeadScoreCondition.HAS_PHONE, "leads.condition.hasPhone"],
  [LeadScoreCondition.HAS_EMAIL, "leads.condition.hasEmail"],
  [LeadScoreCondition.HAS_DIALOG, "leads.condition.hasDialog"],
  [LeadScoreCondition.IS_COMPANY, "leads.condition.isCompany"],
  [LeadScoreCondition.IS_REPEATED, "leads.condition.isRepeated"],
  [LeadScoreCondition.AGE_DAYS, "leads.condition.age"],
  [LeadScoreCondition.SILENT_DAYS, "leads.condition.silent"],
  [LeadScoreCondition.VISITS, "leads.condition.visits"],
  [LeadScoreCondition.PAGE_VIEWS, "leads.condition.pageViews"],
  [LeadScoreCondition.FORMS_SENT, "leads.condition.formsSent"],
];

const MATCH_WORDS: Readonly<Record<number, Key>> = {
  [MatchRule.INN]: "leads.match.inn",
  [MatchRule.PHONE]: "leads.match.phone",
  [MatchRule.EMAIL]: "leads.match.email",
  [MatchRule.IDENTITY]: "leads.match.identity",
  [MatchRule.NAME]: "leads.match.name",
  [MatchRule.SIMILAR_NAME]: "leads.match.similarName",
  [MatchRule.BIRTHDAY]: "leads.match.birthday",
};

/** "Same: phone, name" */
export function matchedText(matched: readonly MatchRule[]): string {
  const what = matched.flatMap((rule) => MATCH_WORDS[rule] ?? []).map((key) => t(key));
  return t("leads.matched", { what: what.join(", ") });
}

/** "+40", "−15": with the sign that is as wide as the plus. */
export function signed(points: number): string {
  return points > 0 ? `+${points}` : String(points).replace("-", "\u2212");
}
