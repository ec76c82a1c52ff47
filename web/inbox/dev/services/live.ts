import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { LiveService, type WatchResponse, WatchResponseSchema } from "../../src/gen/okno/live/v1/live_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";

const BEAT_MS = 15_000;

/** Names the built page as the edge does. */
function version(): string {
  const index = `${process.env["OKNO_DIST"] ?? "dist"}/index.html`;
  return existsSync(index) ? createHash("sha256").update(readFileSync(index)).digest("hex").slice(0, 12) : "none";
}

export function live(router: ConnectRouter, world: World): void {
  router.service(LiveService, {
    async *watch({ resumeToken }, context) {
      world.caller(context);
      const queue: WatchResponse[] = resumeToken ? world.log.slice(Number(resumeToken)) : [];
      let wake = (): void => undefined;
      const push = (response: WatchResponse): void => {
        queue.push(response);
        wake();
      };
      world.listeners.add(push);
      const token = (): string => String(world.log.length || 1);
      const beat = setInterval(() => push(create(WatchResponseSchema, { serverTime: stamp(Date.now()), resumeToken: token(), what: { case: "heartbeat", value: {} } })), BEAT_MS);
      beat.unref();
      context.signal.addEventListener("abort", () => wake());
      try {
        yield create(WatchResponseSchema, { serverTime: stamp(Date.now()), resumeToken: token(), what: { case: "hello", value: { version: version() } } });
        while (!context.signal.aborted) {
          const next = queue.shift();
          if (next) yield next;
          else await new Promise<void>((resolve) => (wake = resolve));
          if (world.sessions.size === 0) throw refuse("NOT_SIGNED_IN", Code.Unauthenticated);
        }
      } finally {
        clearInterval(beat);
        world.listeners.delete(push);
      }
    },
  });
}
