import type { ConnectRouter } from "@connectrpc/connect";
import type { World } from "../world.ts";
import { accesses } from "./accesses.ts";
import { channels } from "./channels.ts";
import { conversations } from "./conversations.ts";
import { crm } from "./crm.ts";
import { fileService } from "./files.ts";
import { folders } from "./folders.ts";
import { live } from "./live.ts";
import { mailings } from "./mailings.ts";
import { org } from "./org.ts";
import { requests } from "./requests.ts";
import { retention } from "./retention.ts";
import { search } from "./search.ts";
import { templates } from "./templates.ts";
import { views } from "./views.ts";

export function routes(router: ConnectRouter, world: World): void {
  org(router, world);
  crm(router, world);
  conversations(router, world);
  requests(router, world);
  fileService(router, world);
  views(router, world);
  search(router, world);
  channels(router, world);
  templates(router, world);
  mailings(router, world);
  folders(router, world);
  retention(router, world);
  accesses(router, world);
  live(router, world);
}
