import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * An address before a server's that can go away and come back: nobody listens, and what was connected is cut off, as it is
 * for a browser while the server restarts.
 */
export async function relayTo(target: string): Promise<{ url: string; goAway: () => Promise<void>; comeBack: () => Promise<void> }> {
  const { hostname, port: to } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const there = connect(Number(to), hostname);
    for (const [one, other] of [[from, there], [there, from]] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => (sockets.delete(one), other.destroy()));
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    goAway: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    comeBack: () => listen(port),
  };
}
