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

/** Whom a file is sent as; `renewed` gives another token than one that was refused. */
export type Sender = { token: () => Promise<string>; renewed: (refused: string) => Promise<string> };

/** Refusals that are about who sends. */
const AS_OTHER = new Set<Refusal>(["token", "forbidden"]);

/** The files of the message that is being written: each goes up as soon as it is chosen. */
export class Attachments {
  list: Attachment[] = [];
  readonly #sending = new Map<string, Sending>();
  /** Which try of each file is the one that counts. */
  readonly #tries = new Map<string, object>();

  constructor(
    readonly base: string,
    readonly sender: Sender,
    readonly changed: () => void,
    readonly site?: string,
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
    this.#put(key, { refusal: undefined, done: undefined, part: 0 });
    this.#begin(attachment);
  }

  /** Somebody else speaks: what one visitor has uploaded is not another's to send. All but what is refused for its own sake goes up anew. */
  anew(): void {
    for (const { key, refusal } of this.list) {
      if (refusal && !AS_OTHER.has(refusal)) continue;
      this.#sending.get(key)?.cancel();
      this.again(key);
    }
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

  async #begin(attachment: Attachment): Promise<void> {
    const { key } = attachment;
    const mine = {};
    this.#tries.set(key, mine);
    this.changed();
    const end = (part: Partial<Attachment>): void => {
      if (this.#tries.get(key) !== mine) return;
      this.#sending.delete(key);
      this.#put(key, part);
    };
    try {
      const token = await this.sender.token();
      const done = await this.#send(attachment, token).catch((error: unknown) => this.#asOther(attachment, token, error));
      end({ done, part: 1 });
    } catch (error) {
      end({ refusal: error instanceof UploadError ? error.refusal : "network" });
    }
  }

  /** The token is not good any more, or not good enough: once more with another, if the server gives one. The first refusal stays the reason. */
  async #asOther(attachment: Attachment, refused: string, error: unknown): Promise<Uploaded> {
    if (!(error instanceof UploadError) || !AS_OTHER.has(error.refusal)) throw error;
    const token = await this.sender.renewed(refused).catch(() => Promise.reject(error));
    return this.#send(attachment, token);
  }

  async #send({ key, file, kind, ms }: Attachment, token: string): Promise<Uploaded> {
    // Taken away meanwhile.
    if (!this.list.some((one) => one.key === key)) throw new UploadError("cancelled");
    const query = { ...(kind && { kind, ms: String(Math.round(ms ?? 0)) }), ...(this.site && { site: this.site }) };
    const sending = upload(this.base, token, file, query, (part) => this.#put(key, { part }));
    this.#sending.set(key, sending);
    return sending.done;
  }

  #put(key: string, part: Partial<Attachment>): void {
    this.list = this.list.map((one) => (one.key === key ? { ...one, ...part } : one));
    this.changed();
  }
}
