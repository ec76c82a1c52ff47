import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import type { ClientFrame, ServerFrame } from "../src/shared/protocol.ts";
import { command } from "./command.ts";
import { bearer, body, json, send, typeOf } from "./http.ts";
import { Talk } from "./talk.ts";
import { World, type Account } from "./world.ts";

const CORS = { "access-control-allow-origin": "*" };
const PING_MS = 25_000;

/** A gateway in memory that speaks docs/webchat-protocol.md, and lets itself be driven below `/dev/`. */
export class Gateway {
  readonly world = new World();
  readonly server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 65_536 });
  readonly #streams = new Set<ServerResponse>();
  readonly #pings: ReturnType<typeof setInterval>;

  constructor(readonly dist: string) {
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // A visitor who goes in the middle is no mistake of ours.
        if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") console.error(error);
        if (!response.headersSent) send(response, 500, "");
      });
    });
    this.server.on("upgrade", (request, line, head) => {
      const account = this.#accountOf(request.url, "socket");
      if (!account || account.faults.sockets) return line.destroy();
      this.#sockets.handleUpgrade(request, line, head, (socket) => this.#talk(socket, account));
    });
    this.#pings = setInterval(() => this.#all({ t: "ping" }), PING_MS);
  }

  close(): Promise<void> {
    clearInterval(this.#pings);
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Is gone without a word, as one that was killed. */
  down(): void {
    this.server.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.server.closeAllConnections();
  }

  /** Ends every line, as a restart does. */
  cut(code = 1012, reason = "retry_ms=200"): void {
    for (const socket of this.#sockets.clients) socket.close(code, reason);
    for (const stream of this.#streams) stream.end();
  }

  #all(frame: ServerFrame): void {
    for (const account of this.world.accounts.values()) for (const tell of account.everybody) tell(frame);
  }

  #accountOf(address: string | undefined, what: string): Account | undefined {
    const found = new RegExp(`^/webchat/([^/]+)/${what}(?:\\?|$)`).exec(address ?? "");
    return this.world.account(found?.[1] ?? "");
  }

  #talk(socket: WebSocket, account: Account): void {
    const talk = new Talk(this.world, account, (frame) => socket.send(JSON.stringify(frame)));
    socket.on("message", (data) => {
      if (!talk.hear(JSON.parse(String(data)) as ClientFrame)) socket.close(talk.hangup);
    });
    socket.on("close", () => talk.close());
    socket.on("error", () => socket.terminate());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://gateway");
    if (request.method === "OPTIONS") return send(response, 204, "", { ...CORS, "access-control-allow-headers": "authorization, content-type" });
    if (pathname.startsWith("/dev/")) return command(this, pathname.slice(5), request, response);
    if (/^\/webchat\/([^/]+\/)?okno\.js$/.test(pathname)) return this.#file(response, "okno.js", "public, max-age=600");
    const asset = /^\/webchat\/(assets\/[\w.-]+)$/.exec(pathname)?.[1];
    if (asset) return this.#file(response, asset, "public, max-age=31536000, immutable");
    const upload = this.world.uploads.get(/^\/webchat\/files\/([\w-]+)$/.exec(pathname)?.[1] ?? "");
    if (upload) return send(response, 200, upload.bytes, { "content-type": upload.mime, "content-disposition": "attachment", "content-security-policy": "sandbox" });
    const [, id = "", what = ""] = /^\/webchat\/([^/]+)\/(\w+)$/.exec(pathname) ?? [];
    const account = this.world.account(id);
    if (!account) return send(response, 404, "");
    if (what === "config") return json(response, { ...account.config, visits: account.config.visits && this.#visits(), office: account.office }, { ...CORS, "cache-control": "max-age=60" });
    if (what === "frame" || what === "page") return this.#page(request, response, what);
    if (what === "stream") return this.#stream(request, response, account);
    if (what === "visits") return send(response, this.world.report(account, String(await body(request))), "", CORS);
    if (!this.world.allows(account, searchParams.get("site") ?? undefined)) return send(response, 403, "");
    if (what === "frames") return this.#frames(request, response, account);
    if (what === "uploads") return this.#upload(request, response, account, searchParams);
    send(response, 404, "");
  }

  /** As the build calls it. */
  #visits(): string {
    return (JSON.parse(readFileSync(`${this.dist}/manifest.json`, "utf8")) as { visits: string }).visits;
  }

  #file(response: ServerResponse, name: string, cache: string): void {
    const path = `${this.dist}/${name}`;
    if (!existsSync(path)) return send(response, 404, "");
    send(response, 200, readFileSync(path), { "content-type": typeOf(name), "cache-control": cache, ...CORS });
  }

  #page(request: IncomingMessage, response: ServerResponse, what: string): void {
    const own = `ws://${request.headers.host}`;
    const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ${own}; base-uri 'none'; form-action 'none'; frame-ancestors ${what === "page" ? "'none'" : "http:"}`;
    send(response, 200, readFileSync(`${this.dist}/frame.html`), { "content-type": typeOf(".html"), "content-security-policy": policy, "permissions-policy": "microphone=(self)" });
  }

  async #stream(request: IncomingMessage, response: ServerResponse, account: Account): Promise<void> {
    const hello = JSON.parse(String(await body(request))) as ClientFrame & { t: "hello" };
    if (!this.world.allows(account, hello.site)) return send(response, 403, "");
    if (hello.token && !account.tokens.has(hello.token)) return send(response, 401, "");
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const talk = new Talk(this.world, account, (frame) => response.write(`data: ${JSON.stringify(frame)}\n\n`));
    this.#streams.add(response);
    response.on("close", () => {
      talk.close();
      this.#streams.delete(response);
    });
    talk.hear(hello);
  }

  async #frames(request: IncomingMessage, response: ServerResponse, account: Account): Promise<void> {
    if (account.lapsed.has(bearer(request) ?? "")) return send(response, 401, "");
    const answers: ServerFrame[] = [];
    const talk = new Talk(this.world, account, (frame) => answers.push(frame), bearer(request));
    for (const frame of JSON.parse(String(await body(request))) as ClientFrame[]) talk.hear(frame);
    talk.close();
    json(response, answers);
  }

  async #upload(request: IncomingMessage, response: ServerResponse, account: Account, query: URLSearchParams): Promise<void> {
    const visitor = account.tokens.get(bearer(request) ?? "");
    if (!visitor || account.lapsed.has(bearer(request) ?? "")) return send(response, 401, "");
    if (account.config.require_identity && !visitor.person) return send(response, 403, "");
    const bytes = await body(request, account.faults.slow);
    if (account.faults.uploads) return send(response, account.faults.uploads, "");
    const mime = request.headers["content-type"] ?? "";
    const id = randomUUID();
    const kind = query.get("kind") ?? (/^image\/(png|jpeg|gif|webp)$/.test(mime) ? "image" : mime.startsWith("video/") ? "video" : mime.startsWith("audio/") ? "audio" : "document");
    const [w, h] = mime === "image/png" && bytes.length > 24 ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [0, 0];
    const name = query.get("name") ?? "";
    this.world.uploads.set(id, { bytes, name, mime, kind, w, h, ms: Number(query.get("ms")) });
    json(response, { upload: id, kind, name, mime, size: bytes.length, w, h });
  }
}
