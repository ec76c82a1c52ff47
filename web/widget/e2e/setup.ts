import { once } from "node:events";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { site } from "../dev/site.ts";
import { start } from "../dev/start.ts";

declare module "vitest" {
  interface ProvidedContext {
    world: World;
  }
}

/** Where the gateway is, which account is tried, where the customer's site stands, and who answers. */
export type World = { gateway: string; site: string; account: string; mock: boolean; inbox?: { url: string; login: string; password: string } };

const dist = fileURLToPath(new URL("../dist", import.meta.url));

/**
 * OKNO_E2E_WIDGET_HOST (the gateway's base address) and OKNO_E2E_WIDGET_ACCOUNT name a running gateway; its account must allow the
 * origin http://127.0.0.1:<OKNO_E2E_WIDGET_SITE_PORT>. OKNO_E2E_URL, _LOGIN and _PASSWORD say where an operator answers. Without
 * them the built widget runs on the gateway in memory.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(`${dist}/manifest.json`)) throw new Error("build the widget first: npm run build");
  const { OKNO_E2E_WIDGET_HOST: gateway, OKNO_E2E_WIDGET_ACCOUNT: account, OKNO_E2E_WIDGET_SITE_PORT: port, OKNO_E2E_URL: url, OKNO_E2E_LOGIN: login, OKNO_E2E_PASSWORD: password } = process.env;
  if (!gateway) {
    const running = await start(dist, { gateway: 0, site: 0 });
    project.provide("world", { gateway: running.gateway, site: running.site, account: running.account, mock: true });
    return running.close;
  }
  if (!account || !port || !url || !login || !password) {
    throw new Error("OKNO_E2E_WIDGET_HOST needs OKNO_E2E_WIDGET_ACCOUNT, OKNO_E2E_WIDGET_SITE_PORT, OKNO_E2E_URL, OKNO_E2E_LOGIN and OKNO_E2E_PASSWORD beside it");
  }
  const base = gateway.replace(/\/+$/u, "");
  const server = site(dist, () => base, () => account).listen(Number(port), "127.0.0.1");
  await once(server, "listening");
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  project.provide("world", { gateway: base, site: own, account, mock: false, inbox: { url: url.replace(/\/+$/u, ""), login, password } });
  return async () => {
    server.closeAllConnections();
    server.close();
  };
}
