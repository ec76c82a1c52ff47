/** Without what looks alike or is dictated badly: 0 and o, 1, l and i. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LETTERS = 4;

/** A password of four groups, 79 bits: long enough to be safe, easy enough to be read out once. */
export function newPassword(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const letters: string[] = [];
  // A byte above the last whole round would make some letters likelier: it is thrown again.
  const fair = Math.floor(256 / LETTERS.length) * LETTERS.length;
  while (letters.length < GROUPS * GROUP_LETTERS) {
    for (const byte of random(new Uint8Array(16))) if (byte < fair) letters.push(LETTERS[byte % LETTERS.length] ?? "");
  }
  return Array.from({ length: GROUPS }, (_, group) => letters.slice(group * GROUP_LETTERS, (group + 1) * GROUP_LETTERS).join("")).join("-");
}
