import type { IncomingMessage, ServerResponse } from "node:http";

export type Headers = Record<string, string>;

export async function body(request: IncomingMessage, pause = 0): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(part as Buffer);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return Buffer.concat(parts);
}

export function send(response: ServerResponse, status: number, content: string | Buffer, headers: Headers = {}): void {
  response.writeHead(status, { "x-content-type-options": "nosniff", ...headers });
  response.end(content);
}

export function json(response: ServerResponse, value: unknown, headers: Headers = {}, status = 200): void {
  send(response, status, JSON.stringify(value), { "content-type": "application/json", ...headers });
}

const TYPES: Headers = { js: "text/javascript", css: "text/css", html: "text/html; charset=utf-8", json: "application/json", svg: "image/svg+xml" };

export function typeOf(name: string): string {
  return TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}

export function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
}
