import { create, fromBinary } from "@bufbuild/protobuf";
import { useSyncExternalStore } from "react";
import { type WatchResponse, WatchResponseSchema } from "../../gen/okno/live/v1/live_service_pb.ts";
import { learnServerTime } from "../clock.ts";
import { untilItComes } from "../../ui/part.ts";
import { tellSignedOut } from "../transport.ts";
import type { FeedCommand, FeedMessage, FeedState } from "./protocol.ts";

export type LiveMessage = { response: WatchResponse; fresh: boolean };

const listeners = new Set<(message: LiveMessage) => void>();
const stateListeners = new Set<() => void>();
let state: FeedState = "connecting";
/** What the one who holds the stream said last; the browser may know sooner that the network is gone. */
let told: FeedState = "connecting";
let send: ((command: FeedCommand) => void) | undefined;

/** Joins the browser's one stream; `leave` when the session ends. */
export function joinLive(employeeId: string): () => void {
  const join = (): void => {
    send = typeof SharedWorker === "undefined" ? joinTurns(employeeId) : joinWorker(employeeId);
  };
  join();
  const poke = (): void => {
    if (document.visibilityState === "visible") send?.({ kind: "poke" });
  };
  const online = (): void => {
    become(told);
    poke();
  };
  const offline = (): void => become("away");
  const leave = (): void => send?.({ kind: "leave" });
  const back = (event: PageTransitionEvent): void => {
    if (event.persisted) join();
  };
  addEventListener("online", online);
  addEventListener("offline", offline);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", back);
  document.addEventListener("visibilitychange", poke);
  return () => {
    leave();
    send = undefined;
    become("connecting");
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    removeEventListener("pagehide", leave);
    removeEventListener("pageshow", back);
    document.removeEventListener("visibilitychange", poke);
  };
}

/** Everything that the stream brings, in order. */
export function onLive(listener: (message: LiveMessage) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function liveState(): FeedState {
  return state;
}

export function useLiveState(): FeedState {
  return useSyncExternalStore(onLiveState, liveState);
}

export function onLiveState(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}

function joinWorker(employeeId: string): (command: FeedCommand) => void {
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "okno-live" });
  const post = (command: FeedCommand): void => worker.port.postMessage(command);
  worker.port.onmessage = (event: MessageEvent<FeedMessage>) => receive(event.data);
  // A browser that knows the class and yet cannot run our module: the tabs take turns instead.
  worker.onerror = () => {
    send = joinTurns(employeeId);
  };
  post({ kind: "start", employeeId });
  return post;
}

/** Most browsers have workers that tabs share: how tabs take turns comes only where it is needed. */
function joinTurns(employeeId: string): (command: FeedCommand) => void {
  let left = false;
  let joined: ((command: FeedCommand) => void) | undefined;
  void untilItComes(() => import("./leader.ts")).then(({ joinByLock }) => {
    if (!left) joined = joinByLock(employeeId, receive);
  });
  return (command) => {
    left ||= command.kind === "leave";
    joined?.(command);
  };
}

function receive(message: FeedMessage): void {
  if (message.kind === "state") {
    told = message.state;
    return become(told);
  }
  if (message.kind === "joined") return tell(create(WatchResponseSchema, { what: { case: "hello", value: { version: message.version } } }), true);
  const response = fromBinary(WatchResponseSchema, message.bytes);
  learnServerTime(response.serverTime);
  told = "connected";
  become(told);
  tell(response, message.fresh);
}

function tell(response: WatchResponse, fresh: boolean): void {
  for (const listener of listeners) listener({ response, fresh });
}

function become(next: FeedState): void {
  if (next === state) return;
  state = next;
  if (next === "signed-out") tellSignedOut();
  for (const listener of stateListeners) listener();
}
