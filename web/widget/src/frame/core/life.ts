/** What a word of another tab is to this one. */
export type Kin = "ours" | "former" | "newer";

/**
 * Which visitor's life this tab is in: the moment of the last logout that it knows of, ms since 1970. What tabs tell each other bears it, so
 * that a word that was already on its way does not bring a former person's messages back.
 */
export class Life {
  at = 0;

  constructor(readonly born: number = Date.now()) {}

  /** The visitor goes, in this tab. */
  end(now: number = Date.now()): void {
    this.at = Math.max(now, this.at + 1);
  }

  /** The storage tells that they went; the moment comes by itself, if at all. */
  ended(): void {
    this.at += 1;
  }

  kin(there: number): Kin {
    return there === this.at ? "ours" : there < this.at ? "former" : "newer";
  }

  /** Goes over to a newer life. True: what this tab shows is of a former one; false: it began after that logout. */
  follow(there: number): boolean {
    this.at = there;
    return there > this.born;
  }
}
