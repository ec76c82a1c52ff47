import type { Problem } from "../../rpc/errors.ts";
import { hasShape, names, read, readJson, write } from "../../ui/stored.ts";
import { isOutLetter, type OutLetter } from "./outLetter.ts";
import { isOutFile, type OutFile } from "./outFile.ts";

/** A template of the account, with the values of its places. */
export type OutTemplate = { name: string; language: string; values: readonly { variable: string; value: string }[] };

export type OutItem = {
  messageId: string;
  conversationId: string;
  kind: "reply" | "note";
  text: string;
  files: readonly OutFile[];
  replyTo: string;
  mentions: readonly string[];
  createdAt: number;
  notBefore: number; // 0: at once
  notAfter?: number; // absent: whenever it can go
  /** Sent instead of the text, which is how it reads. */
  template?: OutTemplate;
  /** Where messages are letters. */
  letter?: OutLetter;
  /** "waiting": the connection is gone; "refused": the server says no, and why stands in `problem`. */
  state: "sending" | "waiting" | "refused";
  problem?: Problem;
};

/** The stored items of one employee, each under a name of its own: what one tab does to them the others follow. */
export class OutboxStore {
  #start: string;
  /** Those that storage did take: only of these does its silence say anything. */
  #kept = new Set<string>();

  constructor(employeeId: string) {
    this.#start = `okno.outbox.${employeeId}.`;
  }

  all(): OutItem[] {
    return names(this.#start).flatMap((name) => this.find(name.slice(this.#start.length)) ?? []);
  }

  find(messageId: string): OutItem | undefined {
    const item = readJson(this.#start + messageId, isOutItem);
    if (item) this.#kept.add(messageId);
    return item;
  }

  keep(item: OutItem): void {
    if (write(this.#start + item.messageId, JSON.stringify(item))) this.#kept.add(item.messageId);
  }

  /** False when storage did not take it: only this page knows of it. */
  holds(messageId: string): boolean {
    return this.#kept.has(messageId);
  }

  drop(messageId: string): void {
    write(this.#start + messageId, undefined);
    this.#kept.delete(messageId);
  }

  /** Was it ended by another tab: sent, taken back or removed? */
  isGone(messageId: string): boolean {
    return this.#kept.has(messageId) && read(this.#start + messageId) === undefined;
  }

  /** Which item a change of storage is about. */
  idOf(name: string): string | undefined {
    return name.startsWith(this.#start) ? name.slice(this.#start.length) : undefined;
  }
}

const SHAPE = { messageId: "string", conversationId: "string", kind: "string", text: "string", files: "array", replyTo: "string", mentions: "array", createdAt: "number", notBefore: "number", state: "string" } as const;

function isOutItem(value: unknown): value is OutItem {
  if (!hasShape(value, SHAPE)) return false;
  const item = value as OutItem;
  const problemFits = item.problem === undefined || (hasShape(item.problem, { reason: "string" }) && typeof item.problem.metadata === "object");
  const said = ["reply", "note"].includes(item.kind) && ["sending", "waiting", "refused"].includes(item.state);
  const templateFits = item.template === undefined || hasShape(item.template, { name: "string", language: "string", values: "array" });
  const letterFits = item.letter === undefined || isOutLetter(item.letter);
  return said && letterFits && templateFits && problemFits && item.files.every(isOutFile) && item.mentions.every((id) => typeof id === "string");
}
