import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { Gateway } from "./gateway.ts";
import { site } from "./site.ts";

/** The account that is always there. */
export const ACCOUNT = "01890000-0000-7000-8000-0000000000de";

export type Running = { gateway: string; site: string; account: string; close: () => Promise<void> };

/** Starts gateway and site on ports of their own (0: any free one), on loopback only. */
export async function start(dist: string, ports: { gateway: number; site: number }): Promise<Running> {
  const gateway = new Gateway(dist);
  gateway.world.add({ title: "Демо-магазин", greeting: "Здравствуйте. Подскажем с выбором и доставкой." }, ACCOUNT);
  const gatewayAt = await listen(gateway.server, ports.gateway);
  const shop = site(dist, () => gatewayAt, () => ACCOUNT, {
    down: () => gateway.down(),
    up: async () => void (await listen(gateway.server, Number(new URL(gatewayAt).port))),
  });
  const siteAt = await listen(shop, ports.site);
  return {
    gateway: gatewayAt, site: siteAt, account: ACCOUNT,
    close: async () => {
      shop.closeAllConnections();
      await new Promise((resolve) => shop.close(resolve));
      const closed = gateway.close();
      gateway.server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  // Longer than any pause of a test: a line closed just as the browser takes it up again would be a failure of ours.
  server.keepAliveTimeout = 120_000;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
