import { create, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WatchResponse, WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { Feed } from "./feed.ts";
import type { FeedMessage } from "./protocol.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const response = (resumeToken: string): WatchResponse => create(WatchResponseSchema, { resumeToken, what: { case: "heartbeat", value: {} } });

/** A feed over streams that the test writes; `tokens` is what each stream was opened with. */
function start(...streams: (readonly (WatchResponse | Error)[])[]): { feed: Feed; tokens: string[]; told: FeedMessage[]; open: AbortSignal[] } {
  const tokens: string[] = [];
  const told: FeedMessage[] = [];
  const open: AbortSignal[] = [];
  const feed = new Feed({
    emit: (message) => told.push(message),
    random: () => 0,
    watch: async function* (token, signal) {
      tokens.push(token);
      open.push(signal);
      const stream = streams[tokens.length - 1];
      for (const item of stream ?? []) {
        if (item instanceof Error) throw item;
        yield item;
      }
      // Not written further: it stays open until it is dropped.
      if (!stream) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new ConnectError("aborted", Code.Canceled))));
    },
  });
  feed.start();
  return { feed, tokens, told, open };
}

const states = (told: FeedMessage[]): string[] => told.flatMap((message) => (message.kind === "state" ? [message.state] : []));

test("a stream that ends is taken up with the last token", async () => {
  const { feed, tokens, told } = start([response("1"), response("2")]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tokens).toEqual(["", "2"]);
  expect(states(told)).toEqual(["connected", "away"]);
  feed.stop();
});

test("only the messages of a stream that resumed nothing are fresh", async () => {
  const { feed, told } = start([response("1")], [response("2")]);
  await vi.advanceTimersByTimeAsync(1_000);
  const seen = told.flatMap((message) => (message.kind === "response" ? [[fromBinary(WatchResponseSchema, message.bytes).resumeToken, message.fresh]] : []));
  expect(seen).toEqual([
    ["1", true],
    ["2", false],
  ]);
  feed.stop();
});

test("silence for longer than two beats drops the stream", async () => {
  const { feed, tokens, open } = start();
  await vi.advanceTimersByTimeAsync(39_000);
  expect(open[0]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(open[0]?.aborted).toBe(true);
  expect(tokens).toHaveLength(2);
  feed.stop();
});

test("a session that is over is not tried again", async () => {
  const { tokens, told } = start([new ConnectError("over", Code.Unauthenticated)]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tokens).toHaveLength(1);
  expect(states(told)).toEqual(["signed-out"]);
});

test("a poke ends the pause at once", async () => {
  const lost = new ConnectError("lost", Code.Unavailable);
  const { feed, tokens } = start([lost], [lost], [lost]);
  await vi.advanceTimersByTimeAsync(0);
  expect(tokens).toHaveLength(1);
  feed.poke();
  await vi.advanceTimersByTimeAsync(0);
  expect(tokens).toHaveLength(2);
  feed.stop();
});
