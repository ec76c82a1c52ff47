import { useSyncExternalStore } from "react";
import { employeeId } from "../../../../rpc/session.ts";
import { hasShape, readJson, write } from "../../../../ui/stored.ts";
import type { Person } from "./answer.ts";

// What a letter has beside its words, which the draft of the conversation holds: subject, people, how the words look. It is this
// browser's own; on another device the words are there without it.

export type LetterDraft = {
  kind: "reply" | "forward";
  subject: string;
  to: readonly Person[];
  cc: readonly Person[];
  bcc: readonly Person[];
  /** How `text` looks. */
  html: string;
  text: string;
  /** The letter that goes along below; empty: none. */
  quoteOf: string;
  /** This one goes without the signature. */
  unsigned?: boolean;
};

const drafts = new Map<string, LetterDraft | undefined>();
const listeners = new Set<() => void>();
const SHAPE = { kind: "string", subject: "string", to: "array", cc: "array", bcc: "array", html: "string", text: "string", quoteOf: "string" } as const;

export function useLetterDraft(conversationId: string): LetterDraft | undefined {
  return useSyncExternalStore(subscribe, () => letterDraftOf(conversationId));
}

export function letterDraftOf(conversationId: string): LetterDraft | undefined {
  if (!drafts.has(conversationId)) drafts.set(conversationId, readJson(storedAs(conversationId), isDraft));
  return drafts.get(conversationId);
}

/** `undefined`: the letter has gone. */
export function setLetterDraft(conversationId: string, draft: LetterDraft | undefined): void {
  drafts.set(conversationId, draft);
  write(storedAs(conversationId), draft && JSON.stringify(draft));
  for (const tell of listeners) tell();
}

function isDraft(value: unknown): value is LetterDraft {
  const isPerson = (one: unknown): boolean => hasShape(one, { address: "string", name: "string" });
  if (!hasShape(value, SHAPE)) return false;
  const { to, cc, bcc } = value as LetterDraft;
  return [...to, ...cc, ...bcc].every(isPerson);
}

function storedAs(conversationId: string): string {
  return `okno.letter.${employeeId()}.${conversationId}`;
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}
