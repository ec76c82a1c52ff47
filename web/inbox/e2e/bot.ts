import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// A Bot API of our own for the tests on the whole house: what the built-in fake cannot be told from outside. Only what
// gateway-telegram calls, in the words of https://core.telegram.org/bots/api (read 2026-11-26).

export type Sent = { method: string; text: string; file?: { name: string; bytes: Buffer } };
type Update = { update_id: number; message: Record<string, unknown> };
type File = { name: string; type: string; bytes: Buffer };

const POLL_MS = 2_000;

/** One bot and one customer of it. */
export class Bot {
  /** What came to the customer. */
  sent: Sent[] = [];
  /** When the gateway was given each text, by this machine's clock. */
  givenAt = new Map<string, number>();
  /** The customer has blocked the bot. */
  blocked = false;
  readonly token: string;
  readonly username: string;
  readonly customer: string;
  #server: Server;
  #updates: Update[] = [];
  #files = new Map<string, File>();
  #wake = new Set<() => void>();
  #next = 1;
  #revoked = false;

  private constructor(n: number, customer: string) {
    this.token = `100000000${n}:${"A".repeat(34)}${n}`;
    this.username = `example_${n}_bot`;
    this.customer = customer;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(n: number, customer: string): Promise<Bot> {
    const bot = new Bot(n, customer);
    bot.#server.listen(0, "127.0.0.1");
    await once(bot.#server, "listening");
    return bot;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const wake of this.#wake) wake();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** The token is taken back: every call is refused from now on, the one that waits as well. */
  set revoked(yes: boolean) {
    this.#revoked = yes;
    for (const wake of this.#wake) wake();
  }

  /** The customer writes. */
  write(text: string): void {
    this.#bring({ text });
  }

  sendVoice(bytes: Buffer, seconds: number): void {
    const file_id = this.#keep({ name: "voice.oga", type: "audio/ogg", bytes });
    this.#bring({ voice: { file_id, file_unique_id: file_id, duration: seconds, mime_type: "audio/ogg", file_size: bytes.length } });
  }

  sendDocument(name: string, bytes: Buffer): void {
    const file_id = this.#keep({ name, type: "application/pdf", bytes });
    this.#bring({ document: { file_id, file_unique_id: file_id, file_name: name, mime_type: "application/pdf", file_size: bytes.length } });
  }

  #keep(file: File): string {
    const id = `file${this.#next}`;
    this.#files.set(id, file);
    return id;
  }

  #bring(content: Record<string, unknown>): void {
    const id = this.#next;
    this.#next += 1;
    const who = { id: 700, first_name: this.customer };
    this.#updates.push({ update_id: id, message: { message_id: id, date: now(), chat: { ...who, type: "private" }, from: { ...who, is_bot: false, language_code: "ru" }, ...content } });
    for (const wake of this.#wake) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://bot");
    const body = await read(request);
    if (pathname.startsWith("/file/")) return this.#file(pathname.split("/").at(-1) ?? "", response);
    const method = (pathname.split("/").at(-1) ?? "").toLowerCase();
    if (this.#revoked || !pathname.startsWith(`/bot${this.token}/`)) return refuse(response, 401, "Unauthorized");
    if (method === "getupdates") return this.#poll(JSON.parse(body.toString()) as { offset?: number }, response);
    if (method === "getme") return accept(response, { id: 1, is_bot: true, first_name: this.username, username: this.username });
    if (method === "getwebhookinfo") return accept(response, { url: "", pending_update_count: 0 });
    if (method === "getfile") return this.#where((JSON.parse(body.toString()) as { file_id: string }).file_id, response);
    if (!method.startsWith("send") || method === "sendchataction") return accept(response, true);
    if (this.blocked) return refuse(response, 403, "Forbidden: bot was blocked by the user");
    this.sent.push(await sentBy(method, request.headers["content-type"] ?? "", body));
    const message_id = this.#next;
    this.#next += 1;
    accept(response, { message_id, date: now(), chat: { id: 700, type: "private", first_name: this.customer } });
  }

  /** Holds the call until there is something, as Telegram does. */
  async #poll({ offset = 0 }: { offset?: number }, response: ServerResponse): Promise<void> {
    this.#updates = this.#updates.filter(({ update_id }) => update_id >= offset);
    if (this.#updates.length === 0) await this.#news();
    if (this.#revoked) return refuse(response, 401, "Unauthorized");
    for (const { message } of this.#updates) if (typeof message["text"] === "string" && !this.givenAt.has(message["text"])) this.givenAt.set(message["text"], Date.now());
    accept(response, this.#updates);
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, POLL_MS);
      this.#wake.add(wake);
    });
  }

  #where(file_id: string, response: ServerResponse): void {
    const file = this.#files.get(file_id);
    if (!file) return refuse(response, 400, "Bad Request: wrong file_id");
    accept(response, { file_id, file_unique_id: file_id, file_size: file.bytes.length, file_path: `files/${file_id}` });
  }

  #file(file_id: string, response: ServerResponse): void {
    const file = this.#files.get(file_id);
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": file.type, "content-length": file.bytes.length }).end(file.bytes);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function accept(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ok: true, result }));
}

function refuse(response: ServerResponse, code: number, description: string): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify({ ok: false, error_code: code, description }));
}

/** JSON for texts, a form for files. */
async function sentBy(method: string, type: string, body: Buffer): Promise<Sent> {
  if (!type.startsWith("multipart/")) {
    const { text = "" } = JSON.parse(body.toString()) as { text?: string };
    return { method, text };
  }
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  const caption = form.get("caption");
  const file = [...form.values()].find((value) => typeof value !== "string");
  return { method, text: typeof caption === "string" ? caption : "", ...(file ? { file: { name: file.name, bytes: Buffer.from(await file.arrayBuffer()) } } : {}) };
}
