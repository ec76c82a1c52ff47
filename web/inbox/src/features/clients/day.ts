import { currentLanguage } from "../../i18n/index.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** "23.11.2026" of an ISO day, which has no zone; what is no day is shown as it is. */
export function day(iso: string): string {
  const language = currentLanguage();
  const format = formats.get(language) ?? new Intl.DateTimeFormat(language === "ru" ? "ru-RU" : "en-GB", { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" });
  formats.set(language, format);
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : format.format(at);
}
