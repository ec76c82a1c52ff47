import type { Config } from "../../shared/config.ts";
import type { View } from "../../shared/envelope.ts";
import type { Message, Office, ServerFrame, Welcome } from "../../shared/protocol.ts";
import type { Status } from "./connection.ts";
import { confirmed, lastKnown, put, putAll, readUpTo, unread } from "./thread.ts";
import type { Entry } from "./outbox.ts";

export type Mode = "panel" | "inline" | "page";

/** All that is on screen follows from this. */
export type State = {
  config: Config;
  mode: Mode;
  view: View;
  status: Status;
  /** The server has told what there is. */
  welcomed: boolean;
  /** The history could be read. */
  known: boolean;
  token?: string;
  person?: { name: string };
  messages: Message[];
  more: boolean;
  /** The last message before which none is missing: where to go on after a break. */
  after?: string;
  /** Unread messages of staff's that are older than those loaded. */
  above: number;
  loading: boolean;
  out: Entry[];
  office?: Office;
  /** Somebody of staff writes; `until` is ms since 1970. */
  typing?: { name?: string; until: number };
  /** The server said no for good: a code of the protocol. */
  problem?: string;
  /** Counts up when everything of a visitor is thrown away, what is being typed included. */
  life: number;
  /** The form before the chat is filled in or skipped. */
  introduced: boolean;
  agreed: boolean;
  /** How far the server's clock is ahead of this browser's, in ms; absent: not known yet. */
  skew?: number;
  /** The site vouches for the person no longer: what was shown is not shown any more. */
  lapsed: boolean;
};

const TYPING_MS = 6_000;

/** What is shared with the other tabs. */
export type Snapshot = Pick<State, "status" | "welcomed" | "known" | "person" | "messages" | "more" | "after" | "above" | "office" | "problem" | "skew" | "lapsed">;

export function snapshot({ status, welcomed, known, person, messages, more, after, above, office, problem, skew, lapsed }: State): Snapshot {
  return { status, welcomed, known, person, messages, more, after, above, office, problem, skew, lapsed };
}

/** The state after a word of the server. `acked` is the outbox's entry that an `ack` is about. */
export function heard(state: State, frame: ServerFrame, now: number, acked?: Entry): State {
  switch (frame.t) {
    case "welcome":
      return welcomed(state, frame, now);
    case "visitor":
      return { ...state, token: frame.token };
    case "ack":
      return acked && !state.messages.some(({ client }) => client === frame.id) ? { ...state, messages: put(state.messages, confirmed(acked, frame.at)) } : state;
    case "message":
      return reached({ ...state, messages: put(state.messages, frame.message), typing: frame.message.own ? undefined : state.typing });
    case "gone":
      return { ...state, messages: state.messages.filter(({ id }) => id !== frame.id) };
    case "seen":
      return { ...state, messages: readUpTo(state.messages, frame.client, false) };
    case "typing":
      return { ...state, typing: { name: frame.name, until: now + TYPING_MS } };
    case "office": {
      const { t: _, ...office } = frame;
      return { ...state, office };
    }
    case "older":
      return older(state, frame);
    case "error":
      return refused(state, frame.code);
    default:
      return state;
  }
}

function welcomed(state: State, frame: Welcome, now: number): State {
  const before = frame.reset ? { messages: [], after: undefined, above: 0 } : state;
  // An answer that tells of all there is, not of what came after a message.
  const whole = before.after === undefined;
  const made: State = {
    ...state, ...before, messages: putAll(before.messages, frame.messages), welcomed: true, known: frame.known, person: frame.person, problem: undefined,
    more: whole ? frame.more : state.more, office: frame.office ?? state.office, token: frame.token ?? state.token,
    skew: frame.now === undefined ? state.skew : skewOf(frame.now, now), lapsed: !frame.person && (state.lapsed || ended(frame)),
  };
  if (!frame.known) return made;
  const elsewhere = Math.max(0, frame.unread - frame.messages.filter(({ own, read }) => own && !read).length);
  return reached({ ...made, above: whole ? (frame.more ? elsewhere : 0) : Math.min(before.above, elsewhere) });
}

/** Unasked, another token and nobody's name: the site vouches for the person no longer. */
export function ended({ reset, token, person }: Welcome): boolean {
  return !person && !!reset && token !== undefined;
}

/** A word is on its way for a moment: less than this is no difference between clocks, in ms. */
const SAME_MS = 2_000;

function skewOf(there: number, here: number): number {
  return Math.abs(there - here) < SAME_MS ? 0 : there - here;
}

/** Nothing is missing up to here; of a history that is not known that cannot be said. */
function reached(state: State): State {
  return state.known ? { ...state, after: lastKnown(state.messages) } : state;
}

function older(state: State, frame: ServerFrame & { t: "older" }): State {
  const messages = putAll(state.messages, frame.messages);
  // A page from the middle was asked for again, and ends at what is here.
  const middle = frame.messages.length > 0 && !frame.messages.some(({ id }) => id === messages[0]?.id);
  const more = middle ? state.more : frame.more;
  const loaded = unread(messages) - unread(state.messages);
  return { ...state, messages, more, above: more ? Math.max(0, state.above - loaded) : 0, loading: false };
}

/** The visitor has seen this message of staff's, and so all before. */
export function sawUpTo(state: State, id: string): State {
  const there = state.messages.some((one) => one.id === id);
  return there ? { ...state, messages: readUpTo(state.messages, id, true), above: 0 } : state;
}

/** How many messages of staff's the visitor has not seen. */
export function missed({ messages, above }: State): number {
  return unread(messages) + above;
}

/** Errors that a visitor must know of; the others pass by themselves. */
function refused(state: State, code: string): State {
  if (code === "identity" || code === "identity_required" || code === "version") return { ...state, problem: code };
  return { ...state, loading: false };
}
