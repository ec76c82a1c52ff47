import type { Person } from "./table.ts";

export type Filled = { subject: string; text: string; missing: string[] };

const EXIT = "unsubscribe";

/** A letter as one recipient will read it: what the server does, done here for the preview. */
export function fill(subject: string, text: string, person: Person): Filled {
  const missing: string[] = [];
  const put = (template: string, mayLeave: boolean): string =>
    template.replaceAll(/\{\{(.*?)\}\}/gsu, (_, inner: string) => {
      const place = inner.trim();
      // Where the letter says how one leaves: its address is in the letter alone.
      if (mayLeave && place.toLowerCase() === EXIT) return `{{${EXIT}}}`;
      const value = valueOf(person, place);
      if (!value && !missing.includes(place)) missing.push(place);
      return value || `{{${place}}}`;
    });
  return { subject: put(subject, false), text: put(text, true), missing };
}

function valueOf(person: Person, place: string): string {
  const wanted = place.toLowerCase();
  const column = Object.keys(person.values).find((head) => head.trim().toLowerCase() === wanted);
  const value = column === undefined ? (wanted === "name" ? person.name : "") : person.values[column];
  return value?.trim() ?? "";
}

export type Gap = { person: Person; at: number; missing: string[]; /** With the values subject or text is longer than the server takes. */ long: boolean };

const LONGEST_SUBJECT = 998;
const LONGEST_TEXT = 50_000;

/** Who lacks a value, or whose values make the letter too long. */
export function gapsOf(subject: string, text: string, people: readonly Person[]): Gap[] {
  return people.flatMap((person, at) => {
    const { missing, ...letter } = fill(subject, text, person);
    const long = isLonger(letter.subject, LONGEST_SUBJECT) || isLonger(letter.text, LONGEST_TEXT);
    return missing.length > 0 || long ? [{ person, at, missing, long }] : [];
  });
}

/** In characters, as the server counts. */
function isLonger(text: string, most: number): boolean {
  return text.length > most && [...text].length > most;
}
