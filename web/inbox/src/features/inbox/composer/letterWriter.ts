import type { OutLetter } from "../outLetter.ts";

/** A letter as it goes on its way. */
export type Outgoing = {
  letter: OutLetter;
  /** What it says as plain text, with what goes along below. */
  text: string;
  /** It has gone. */
  done: () => void;
  /** It has been taken back. */
  restore: () => void;
};

/** What the field for letters does for the rest of the composer. */
export type LetterWriter = {
  /** False: something is asked of the writer first. */
  ready: () => boolean;
  outgoing: () => Outgoing;
  insert: (piece: string) => void;
};
