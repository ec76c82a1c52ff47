import { hasShape } from "../../ui/stored.ts";

type Person = { address: string; name: string };

/** What a letter has beside its text, on its way: the markup is stored under the id that was made for it here. */
export type OutLetter = { subject: string; to: readonly Person[]; cc: readonly Person[]; bcc: readonly Person[]; html: string; htmlFileId: string };

export function isOutLetter(value: unknown): value is OutLetter {
  return hasShape(value, { subject: "string", to: "array", cc: "array", bcc: "array", html: "string", htmlFileId: "string" });
}
