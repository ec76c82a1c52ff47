import { fromBinary } from "@bufbuild/protobuf";
import { WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { Feed } from "./feed.ts";
import type { FeedCommand, FeedMessage } from "./protocol.ts";
import { createWatch } from "./watch.ts";

/** `who`: the asking tab's name; `to`: the one tab that an answer is for. */
type Talk = { message?: FeedMessage; to?: string; who?: string; poke?: true };

/**
 * Where there is no SharedWorker: the tab that holds the lock keeps the stream and tells the others. Whoever
 * takes over resumes where it has heard last.
 */
export function joinByLock(employeeId: string, receive: (message: FeedMessage) => void): (command: FeedCommand) => void {
  const name = `okno-live-${employeeId}`;
  const channel = new BroadcastChannel(name);
  const leave = new AbortController();
  const self = crypto.randomUUID();
  let token = "";
  let begun = false;
  let feed: Feed | undefined;

  const take = (message: FeedMessage): void => {
    if (message.kind === "response") {
      const { resumeToken, what } = fromBinary(WatchResponseSchema, message.bytes);
      token = resumeToken || token;
      // Nobody has answered, and yet this is not how a stream begins: the one who held it has changed just now.
      if (!begun && !(message.fresh && what.case === "hello")) receive({ kind: "joined", version: "" });
    }
    begun ||= message.kind !== "state";
    receive(message);
  };
  const answer = (to: string): void => {
    if (!feed) return;
    const messages = [{ kind: "state", state: feed.state } satisfies FeedMessage, feed.joined()];
    for (const message of messages) if (message) channel.postMessage({ to, message } satisfies Talk);
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

  channel.onmessage = ({ data }: MessageEvent<Talk>) => {
    if (data.message && (data.to ?? self) === self) take(data.message);
    if (data.poke) feed?.poke();
    if (data.who) answer(data.who);
  };
  channel.postMessage({ who: self } satisfies Talk);
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
