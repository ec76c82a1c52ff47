/** A text with the forms that `Intl.PluralRules` asks for; `{n}` chooses. */
export type Plural = { one: string; few?: string; many?: string; other: string };
export type Text = string | Plural;
export type Values = Readonly<Record<string, string | number>>;

/** What a reader of Russian must not see at a line's end: a lone preposition, a dash at the start, a unit without its number. */
const GLUE: readonly [RegExp, string][] = [
  [/(^|[\s«(„])((?:а|без|в|во|до|за|и|из|к|ко|на|не|ни|но|о|об|от|по|с|со|у|что)) (?=\S)/giu, "$1$2\u00a0"],
  [/ (—) /gu, "\u00a0$1 "],
  [/(\d|\{n\}|\{size\}) (?=(?:мин|ч|с|дн|Б|КБ|МБ|ГБ|min|h|s|B|KB|MB|GB|₽)(?:\P{L}|$))/gu, "$1\u00a0"],
];

/** No-break spaces are made here and never typed by hand. */
export function tidy(text: string): string {
  const once = GLUE.reduce((done, [what, by]) => done.replace(what, by), text);
  return GLUE.reduce((done, [what, by]) => done.replace(what, by), once);
}

/** Fills the braces of `text`; `n` also chooses the plural form. A value that is missing stays visible. */
export function fill(text: Text, values: Values, language: string): string {
  const form = typeof text === "string" ? text : formOf(text, Number(values["n"] ?? 0), language);
  return tidy(form).replace(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}

function formOf(text: Plural, n: number, language: string): string {
  const form = new Intl.PluralRules(language).select(n);
  return form === "few" || form === "many" || form === "one" ? (text[form] ?? text.other) : text.other;
}
