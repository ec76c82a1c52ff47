// What Russian registers make of their numbers: the last digits follow from the others.

function weighted(digits: string, weights: readonly number[]): number {
  return (weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11) % 10;
}

/** The taxpayer's number: 10 digits of a company, 12 of a person. */
export function isInn(text: string): boolean {
  if (/^\d{10}$/u.test(text)) return weighted(text, [2, 4, 10, 3, 5, 9, 4, 6, 8]) === Number(text[9]);
  if (!/^\d{12}$/u.test(text)) return false;
  return weighted(text, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) === Number(text[10]) && weighted(text, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) === Number(text[11]);
}

/** The register's number: 13 digits of a company, 15 of an entrepreneur. */
export function isOgrn(text: string): boolean {
  if (!/^(?:\d{13}|\d{15})$/u.test(text)) return false;
  const body = BigInt(text.slice(0, -1));
  return Number(body % (text.length === 13 ? 11n : 13n)) % 10 === Number(text.at(-1));
}

/** A day as ISO writes it, that there is. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(Date.parse(text));
}
