import type { Letter, MailAddress } from "../../../../gen/okno/channel/v1/content_pb.ts";

export type Person = { address: string; name: string };
export type Heads = { subject: string; to: Person[]; cc: Person[] };

const ANSWERED = /^(?:(?:re|aw|sv|отв(?:ет)?)(?:\[\d+\])?:\s*)+/iu;
const PASSED_ON = /^(?:(?:fwd?|wg|tr|пересл)(?:\[\d+\])?:\s*)+/iu;

/** Whom an answer is for, and what it is called. `own` is the mailbox's address: nobody writes to himself. */
export function answerTo(letter: Letter, { ours, all, own }: { ours: boolean; all: boolean; own: string }): Heads {
  const asked = letter.replyTo.length > 0 ? letter.replyTo : letter.from ? [letter.from] : [];
  const to = people(ours ? letter.to : asked, own, []);
  const others = ours ? letter.cc : [...letter.to, ...letter.cc];
  return { subject: `Re: ${letter.subject.replace(ANSWERED, "")}`.trim(), to, cc: all ? people(others, own, to) : [] };
}

export function passOn(letter: Letter): Heads {
  return { subject: `Fwd: ${letter.subject.replace(PASSED_ON, "")}`.trim(), to: [], cc: [] };
}

/** Each once, without ourselves and those who are named already. */
function people(some: readonly MailAddress[], own: string, named: readonly Person[]): Person[] {
  const seen = new Set([own, ...named.map(({ address }) => address)].map((address) => address.toLowerCase()));
  return some.flatMap(({ address, name }) => {
    if (seen.has(address.toLowerCase())) return [];
    seen.add(address.toLowerCase());
    return [{ address, name }];
  });
}

/** "Анна <anna@example.com>", or the address alone; `undefined` when it is none. */
export function personOf(text: string): Person | undefined {
  const [, name = "", address = ""] = /^(.*?)\s*<([^<>]+)>$/u.exec(text.trim()) ?? [, "", text.trim()];
  const fits = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/u.test(address) && address.length <= 320;
  return fits ? { address, name: name.replaceAll(/^"|"$/gu, "").trim().slice(0, 200) } : undefined;
}

/** What was pasted or typed with commas: those that are addresses, and what is left. */
export function peopleOf(text: string): { found: Person[]; left: string } {
  const pieces = text.split(/[,;\n]/u).map((piece) => piece.trim()).filter(Boolean);
  const found = pieces.flatMap((piece) => personOf(piece) ?? []);
  return { found, left: pieces.filter((piece) => !personOf(piece)).join(", ") };
}

/** Domains that nobody of this correspondence has. */
export function isNewDomain(address: string, known: readonly string[]): boolean {
  const domain = (of: string): string => of.slice(of.lastIndexOf("@") + 1).toLowerCase();
  return known.length > 0 && !known.some((one) => domain(one) === domain(address));
}

const SPEAKS_OF_FILES = /(?:во вложени|прикрепля|прикрепил|прилагаю|приложил|вложил|attach(?:ed|ment|ing)?\b|enclosed)/iu;

export function speaksOfFiles(text: string): boolean {
  return SPEAKS_OF_FILES.test(text);
}
