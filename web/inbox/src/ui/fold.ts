const RU = "йцукенгшщзхъфывапролджэячсмитьбю";
const EN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";

/** How texts are compared in search: lower case, ё is е. */
export function fold(text: string): string {
  return text.toLocaleLowerCase().replaceAll("ё", "е").trim();
}

/** The same keys on the other layout: "rkbtyn" typed for "клиент". */
export function otherLayout(text: string): string {
  return [...text.toLocaleLowerCase()].map((letter) => swap(letter, EN, RU) ?? swap(letter, RU, EN) ?? letter).join("");
}

/** Does `text` have a word that begins with `query`, in either layout? */
export function matches(text: string, query: string): boolean {
  const wanted = fold(query);
  if (!wanted) return true;
  const folded = fold(text);
  return [wanted, fold(otherLayout(query))].some((form) => folded.startsWith(form) || folded.includes(` ${form}`));
}

function swap(letter: string, from: string, to: string): string | undefined {
  const index = from.indexOf(letter);
  return index < 0 ? undefined : to[index];
}
