import type { LocalText } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { currentLanguage } from "../../i18n/index.ts";

/** A gateway's own words in the reader's language, else in the other one. */
export function localText(text: LocalText | undefined): string {
  if (!text) return "";
  return currentLanguage() === "ru" ? text.ru || text.en : text.en || text.ru;
}

/** What went wrong, then what helps, as two sentences. */
export function withRemedy(problem: string, remedy: string): string {
  if (!problem || !remedy) return problem || remedy;
  return `${/[.!?…]$/u.test(problem) ? problem : `${problem}.`} ${remedy}`;
}
