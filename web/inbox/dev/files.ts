import type { IncomingMessage, ServerResponse } from "node:http";
import { picture } from "../../testing/picture.ts";
import type { World } from "./world.ts";

/** PUT and GET of bytes, as the edge serves them. */
export function files(world: World, request: IncomingMessage, response: ServerResponse): void {
  const id = decodeURIComponent((request.url ?? "").replace(/^\/files\//u, "").replace(/\?.*$/u, ""));
  const file = world.files.get(id);
  if (!file) {
    response.writeHead(404).end();
  } else if (request.method === "PUT") {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      file.bytes = Buffer.concat(parts);
      response.writeHead(204).end();
    });
  } else {
    response.writeHead(200, { "content-type": file.mimeType, "cache-control": "private, max-age=3600" }).end(file.bytes);
  }
}

/** What the edge fetches of other servers for a letter. */
export function letterPicture(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "image/png", "cache-control": "no-store" }).end(picture(320, 60, 3));
}

/** What is behind the link of an export: a ZIP of nothing. */
export function personalData(response: ServerResponse): void {
  const nothing = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);
  response.writeHead(200, { "content-type": "application/zip", "content-disposition": 'attachment; filename="personal-data.zip"', "cache-control": "no-store" }).end(nothing);
}
