import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

type Source = { emoji: string; hexcode: string; label: string; tags?: string[]; group?: number; order?: number; version: number };

const NAME = "virtual:emoji";
/** Groups of emojibase that an answer to a customer needs: faces, hands, nature, food, places, activities, objects, symbols. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8];
/** Newer ones are boxes on systems that people still use. */
const NEWEST = 14;
const TAGS = 3;

/**
 * `virtual:emoji`: what the picker shows, `[emoji, group, words]`, with words of both languages to search in. Made from
 * emojibase (MIT) at build time; without people of a named sex and profession, of which there are a thousand.
 */
export function emojiData(): Plugin {
  return {
    name: "okno-emoji",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export const emoji = JSON.parse(${JSON.stringify(JSON.stringify(rows()))});` : undefined),
  };
}

function rows(): [string, number, string][] {
  const english = new Map(read("en").map((entry) => [entry.hexcode, entry]));
  return read("ru")
    .filter(({ group, version, hexcode }) => group !== undefined && GROUPS.includes(group) && version <= NEWEST && !/200D-(?:2640|2642)|200D/u.test(hexcode))
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map((entry) => [entry.emoji, GROUPS.indexOf(entry.group ?? 0), [words(entry), words(english.get(entry.hexcode))].join(" ")]);
}

function words(entry: Source | undefined): string {
  return entry ? [...new Set([entry.label, ...(entry.tags ?? []).slice(0, TAGS)].join(" ").toLowerCase().split(" "))].join(" ") : "";
}

function read(language: "ru" | "en"): Source[] {
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`emojibase-data/${language}/data.json`), "utf8")) as Source[];
}
