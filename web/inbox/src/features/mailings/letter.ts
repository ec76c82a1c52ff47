import type { Person } from "./table.ts";

export type Filled = { subject: string; text: string; missing: string[] };

/** A letter as one recipient will read it: what the server does, done here for the preview. */
export function fill(subject: string, text: string, person: Person): Filled {
  const missing: string[] = [];
  const put = (template: string): string =>
    template.replaceAll(/\{\{(.*?)\}\}/gsu, (_, inner: string) => {
      const place = inner.trim();
      const value = valueOf(person, place);
      if (!value && !missing.includes(place)) missing.push(place);
      return value || `{{${place}}}`;
    });
  return { subject: put(subject), text: put(text), missing };
}

function valueOf(person: Person, place: string): string {
  const wanted = place.toLowerCase();
  const column = Object.keys(person.values).find((head) => head.trim().toLowerCase() === wanted);
  const value = column === undefined ? (wanted === "name" ? person.name : "") : person.values[column];
  return value?.trim() ?? "";
}

export type Gap = { person: Person; at: number; missing: string[] };

/** Who lacks a value. */
export function gapsOf(subject: string, text: string, people: readonly Person[]): Gap[] {
  return people.flatMap((person, at) => {
    const { missing } = fill(subject, text, person);
    return missing.length > 0 ? [{ person, at, missing }] : [];
  });
}
