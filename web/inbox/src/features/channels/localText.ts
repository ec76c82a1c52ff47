import type { LocalText } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { currentLanguage } from "../../i18n/index.ts";

/** A gateway's own words in the reader's language, else in the other one. */
export function localText(text: LocalText | undefined): string {
  if (!text) return "";
  return currentLanguage() === "ru" ? text.ru || text.en : text.en || text.ru;
}
