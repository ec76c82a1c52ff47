import type { Message, Uploaded } from "../../shared/protocol.ts";
import type { Entry } from "../core/outbox.ts";
import { upload, UploadError, type Refusal, type Sending } from "../core/upload.ts";
import { uuid } from "../core/uuid.ts";

/** A file that the visitor has chosen. `part` is how much of it is up, 0 to 1. */
export type Attachment = { key: string; file: File; kind?: "voice"; ms?: number; part: number; done?: Uploaded; refusal?: Refusal };

/** Addresses of what this tab has sent: shown until the server has its own. */
const previews = new Map<string, string>();

export function preview(id: string): string | undefined {
  return previews.get(id);
}

export function hold({ upload }: Uploaded, file: Blob): void {
  previews.set(upload, URL.createObjectURL(file));
}

/** Lets go of the previews that nothing shows any more: each keeps its whole file in memory. */
export function release(messages: readonly Message[], out: readonly Entry[]): void {
  if (previews.size === 0) return;
  const shown = messages.flatMap(({ files }) => files.filter(({ url }) => !url).map(({ id }) => id));
  const needed = new Set([...shown, ...out.flatMap(({ files }) => files.map(({ upload }) => upload))]);
  for (const [id, address] of previews) {
    if (needed.has(id)) continue;
    URL.revokeObjectURL(address);
    previews.delete(id);
  }
}

/** The files of the message that is being written: each goes up as soon as it is chosen. */
export class Attachments {
  list: Attachment[] = [];
  readonly #sending = new Map<string, Sending>();

  constructor(
    readonly base: string,
    readonly token: () => Promise<string>,
    readonly changed: () => void,
  ) {}

  get ready(): boolean {
    return this.list.every(({ done }) => done);
  }

  add(file: File, voice?: { ms: number }): void {
    const attachment: Attachment = { key: uuid(), file, part: 0, ...(voice && { kind: "voice" as const, ms: voice.ms }) };
    this.list = [...this.list, attachment];
    this.#begin(attachment);
  }

  again(key: string): void {
    const attachment = this.list.find((one) => one.key === key);
    if (!attachment) return;
    this.#put(key, { refusal: undefined, part: 0 });
    this.#begin(attachment);
  }

  remove(key: string): void {
    this.list = this.list.filter((one) => one.key !== key);
    this.#sending.get(key)?.cancel();
    this.changed();
  }

  /** Hands over what is up, and begins anew. */
  take(): Uploaded[] {
    const done = this.list.flatMap((one) => (one.done ? [one.done] : []));
    for (const one of this.list) if (one.done) hold(one.done, one.file);
    this.list = [];
    this.changed();
    return done;
  }

  async #begin({ key, file, kind, ms }: Attachment): Promise<void> {
    this.changed();
    try {
      const token = await this.token();
      if (!this.list.some((one) => one.key === key)) return;
      const query: Record<string, string> = kind ? { kind, ms: String(Math.round(ms ?? 0)) } : {};
      const sending = upload(this.base, token, file, query, (part) => this.#put(key, { part }));
      this.#sending.set(key, sending);
      const done = await sending.done;
      this.#put(key, { done, part: 1 });
    } catch (error) {
      this.#put(key, { refusal: error instanceof UploadError ? error.refusal : "network" });
    } finally {
      this.#sending.delete(key);
    }
  }

  #put(key: string, part: Partial<Attachment>): void {
    this.list = this.list.map((one) => (one.key === key ? { ...one, ...part } : one));
    this.changed();
  }
}
