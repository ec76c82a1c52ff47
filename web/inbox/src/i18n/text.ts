/** A text with the forms that `Intl.PluralRules` asks for; `{n}` chooses. */
export type Plural = { one: string; few?: string; many?: string; other: string };
export type Text = string | Plural;
export type Values = Readonly<Record<string, string | number>>;

/** What a reader of Russian must not see at a line's end: a lone preposition, a dash at the start, a unit without its number. */
const GLUE: readonly [RegExp, string][] = [
  [/(^|[\s«(„])((?:а|без|в|во|до|за|и|из|к|ко|на|не|ни|но|о|об|от|по|с|со|у|что)) (?=\S)/giu, "$1$2\u00a0"],
  [/ (—) /gu, "\u00a0$1 "],
  [/№ (?=\S)/gu, "№\u00a0"],
  [/(\d|\{n\}|\{size\}) (?=(?:мин|ч|с|дн|КБ|МБ|ГБ|min|h|s|KB|MB|GB|₽)(?:\W|$))/gu, "$1\u00a0"],
];

/** No-break spaces are made here and never typed by hand. */
export function tidy(text: string): string {
  const once = GLUE.reduce((done, [what, by]) => done.replace(what, by), text);
  return GLUE.reduce((done, [what, by]) => done.replace(what, by), once);
}

/** Fills the braces of `text`; `n` also chooses the plural form. A value that is missing stays visible. */
export function fill(text: Text, values: Values, plurals: Intl.PluralRules, numbers: Intl.NumberFormat): string {
  const form = typeof text === "string" ? text : formOf(text, Number(values["n"] ?? 0), plurals);
  return form.replace(/\{(\w+)\}/gu, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

function formOf(text: Plural, n: number, plurals: Intl.PluralRules): string {
  const form = plurals.select(n);
  if (form === "zero" || form === "two") return text.other;
  return text[form] ?? text.other;
}
