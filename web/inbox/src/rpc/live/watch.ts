import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { LiveService } from "../../gen/okno/live/v1/live_service_pb.ts";
import type { FeedParts } from "./feed.ts";

/** The stream itself; it has no deadline of its own, the feed notices silence. */
export function createWatch(origin: string): FeedParts["watch"] {
  const client = createClient(LiveService, createGrpcWebTransport({ baseUrl: origin }));
  return (resumeToken, signal) => client.watch({ resumeToken }, { signal });
}
