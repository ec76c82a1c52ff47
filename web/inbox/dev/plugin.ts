import type { IncomingMessage, ServerResponse } from "node:http";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { Connect, PluginOption } from "vite";
import { demo } from "./demo.ts";
import { files, letterPicture, personalData } from "./files.ts";
import { seed } from "./seed.ts";
import { routes } from "./services/index.ts";
import { World } from "./world.ts";

/**
 * `VITE_MOCK=1`: the services in memory, behind the same addresses as the edge's, for work on screens without a server.
 * Nothing of it is part of the page.
 */
export function mockServer(): PluginOption {
  const use = (middlewares: Connect.Server): void => {
    const world = new World();
    seed(world, Number(process.env["MOCK_ROWS"] ?? 12), Number(process.env["MOCK_MESSAGES"] ?? 60));
    const rpc = connectNodeAdapter({ routes: (router) => routes(router, world) });
    middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      const path = request.url ?? "";
      if (path.startsWith("/okno.")) rpc(request, response);
      else if (path.startsWith("/files/")) files(world, request, response);
      else if (path.startsWith("/exports/")) personalData(response);
      else if (path.startsWith("/letters/")) letterPicture(response);
      else if (path.startsWith("/demo")) demo(world, request, response);
      else next();
    });
  };
  return {
    name: "okno-mock",
    configureServer: (server) => use(server.middlewares),
    configurePreviewServer: (server) => use(server.middlewares),
  };
}
