import { useSyncExternalStore } from "react";
import type { en } from "./en.ts";
import { type Part, type Parts, PARTS } from "./parts.ts";
import { fill, tidy, type Plural, type Text, type Values } from "./text.ts";

export type Language = "ru" | "en";
export type Key = keyof (typeof en & Parts);
type Catalogue = Readonly<Partial<Record<Key, Text>>>;

const STORED = "okno.language";

let language: Language = "ru";
let catalogue: Catalogue | undefined;
const wanted = new Set<Part>();
const hasPart = new Set<string>();
let plurals = new Intl.PluralRules("ru");
let numbers = new Intl.NumberFormat("ru");
const listeners = new Set<() => void>();

/** The language in use. Formats in `format.ts` follow it. */
export function currentLanguage(): Language {
  return language;
}

/** What to begin with, before we know who signs in: the last choice here, then the browser's, then Russian. */
export function firstLanguage(): Language {
  const stored = readStored();
  if (stored) return stored;
  return navigator.languages.some((tag) => tag.startsWith("ru")) || !navigator.language.startsWith("en") ? "ru" : "en";
}

/** Loads a catalogue and shows everything in it. */
export async function setLanguage(next: Language): Promise<void> {
  if (catalogue && next === language) return;
  const along = [...wanted];
  const [base, ...parts] = await Promise.all([next === "ru" ? import("./ru.ts").then(({ ru }) => ru) : import("./en.ts").then(({ en }) => en), ...along.map((part) => textsOf(part, next))]);
  catalogue = tidied(Object.assign({}, base, ...parts));
  language = next;
  hasPart.clear();
  for (const part of along) hasPart.add(`${next} ${part}`);
  plurals = new Intl.PluralRules(next);
  numbers = new Intl.NumberFormat(next);
  document.documentElement.lang = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Storage is closed to us: the choice lasts as long as this tab.
  }
  for (const tell of listeners) tell();
}

/** Loads the words of a screen beside its code: `lazy(() => withTexts(import("./Screen.tsx"), "settings"))`. */
export async function withTexts<T>(code: Promise<T>, ...parts: readonly Part[]): Promise<T> {
  const [loaded] = await Promise.all([code, ...parts.map(needTexts)]);
  return loaded;
}

/** Adds a part of the texts, in this language and in every later one. */
export async function needTexts(part: Part): Promise<void> {
  wanted.add(part);
  // Before the first language is chosen it is only noted, and comes with it.
  if (!catalogue || hasPart.has(`${language} ${part}`)) return;
  const asked = language;
  const texts = await textsOf(part, asked);
  // Another language was chosen meanwhile: it has brought the part along.
  if (asked !== language) return;
  catalogue = { ...catalogue, ...tidied(texts) };
  hasPart.add(`${asked} ${part}`);
  for (const tell of listeners) tell();
}

/** A text of the catalogue in use. */
export function t(key: Key, values: Values = {}): string {
  const text = catalogue?.[key];
  return text === undefined ? key : fill(text, values, plurals, numbers);
}

/** `t`, and the component is drawn anew when the language changes. */
export function useT(): typeof t {
  useLanguage();
  return t;
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, currentLanguage);
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

async function textsOf(part: Part, language: Language): Promise<Readonly<Record<string, Text>>> {
  return Object.assign({}, ...Object.values<object>(await PARTS[part][language]()));
}

function readStored(): Language | undefined {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === "ru" || stored === "en" ? stored : undefined;
  } catch {
    return undefined;
  }
}

function tidied(loaded: Readonly<Record<string, Text>>): Catalogue {
  const entries = Object.entries(loaded).map(([key, text]): [string, Text] => [key, tidiedText(text)]);
  return Object.fromEntries(entries);
}

function tidiedText(text: Text): Text {
  if (typeof text === "string") return tidy(text);
  const forms = Object.entries(text).map(([form, value]): [string, string] => [form, tidy(value)]);
  return Object.fromEntries(forms) as Plural;
}
