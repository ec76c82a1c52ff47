/// <reference lib="webworker" />
import { Feed } from "./feed.ts";
import type { FeedCommand, FeedMessage } from "./protocol.ts";
import { createWatch } from "./watch.ts";

// One for all tabs of a browser profile: a browser opens six connections per origin, and a stream holds one.
const scope = self as unknown as { onconnect: ((event: MessageEvent) => void) | null };
const ports = new Set<MessagePort>();
let employee = "";
let feed = newFeed();

function newFeed(): Feed {
  return new Feed({ watch: createWatch(self.location.origin), emit: tellAll });
}

function tellAll(message: FeedMessage): void {
  for (const port of ports) port.postMessage(message);
}

function join(port: MessagePort): void {
  ports.add(port);
  port.postMessage({ kind: "state", state: feed.state } satisfies FeedMessage);
  const joined = feed.joined();
  if (joined) port.postMessage(joined);
}

function obey(port: MessagePort, command: FeedCommand): void {
  switch (command.kind) {
    case "start":
      if (command.employeeId !== employee || feed.state === "signed-out") {
        feed.stop();
        employee = command.employeeId;
        feed = newFeed();
      }
      join(port);
      feed.start();
      break;
    case "poke":
      feed.poke();
      break;
    case "leave":
      ports.delete(port);
      if (ports.size === 0) feed.stop();
      break;
  }
}

scope.onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = (message: MessageEvent<FeedCommand>) => obey(port, message.data);
};
