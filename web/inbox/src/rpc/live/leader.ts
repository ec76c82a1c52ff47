import { fromBinary } from "@bufbuild/protobuf";
import { WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { Feed } from "./feed.ts";
import type { FeedCommand, FeedMessage } from "./protocol.ts";
import { createWatch } from "./watch.ts";

type Talk = { message?: FeedMessage; who?: true; poke?: true };

/**
 * Where there is no SharedWorker: the tab that holds the lock keeps the stream and tells the others. Whoever
 * takes over resumes where it has heard last.
 */
export function joinByLock(employeeId: string, receive: (message: FeedMessage) => void): (command: FeedCommand) => void {
  const name = `okno-live-${employeeId}`;
  const channel = new BroadcastChannel(name);
  const leave = new AbortController();
  let token = "";
  let feed: Feed | undefined;

  const take = (message: FeedMessage): void => {
    if (message.kind === "response") token = fromBinary(WatchResponseSchema, message.bytes).resumeToken || token;
    receive(message);
  };
  const lead = (): Promise<void> =>
    new Promise((resolve) => {
      feed = new Feed({
        watch: createWatch(location.origin),
        emit: (message) => {
          channel.postMessage({ message } satisfies Talk);
          take(message);
        },
      });
      feed.start(token);
      leave.signal.addEventListener("abort", () => {
        feed?.stop();
        resolve();
      });
    });

  channel.onmessage = (event: MessageEvent<Talk>) => {
    if (event.data.message) take(event.data.message);
    if (event.data.poke) feed?.poke();
    if (event.data.who && feed) channel.postMessage({ message: { kind: "state", state: feed.state } } satisfies Talk);
  };
  channel.postMessage({ who: true } satisfies Talk);
  void navigator.locks.request(name, { signal: leave.signal }, lead).catch(() => undefined);

  return (command) => {
    if (command.kind === "poke") {
      feed?.poke();
      channel.postMessage({ poke: true } satisfies Talk);
    }
    if (command.kind === "leave") {
      leave.abort();
      channel.close();
    }
  };
}
