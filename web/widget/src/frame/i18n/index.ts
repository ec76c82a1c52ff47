import { en } from "./en.ts";
import { ru } from "./ru.ts";
import { fill, type Text, type Values } from "./text.ts";

export type Language = "ru" | "en";
export type Key = keyof typeof en;
export type Catalogue = Record<Key, Text>;

const CATALOGUES: Record<Language, Catalogue> = { ru, en };
let language: Language = "ru";

export function setLanguage(next: Language): void {
  language = next;
  document.documentElement.lang = next;
}

export function currentLanguage(): Language {
  return language;
}

/** A text in the language in use. */
export function t(key: Key, values: Values = {}): string {
  return fill(CATALOGUES[language][key], values, language);
}

/** Whether there is a text for a code that came from the server. */
export function has(key: string): key is Key {
  return key in en;
}
