import type { Config } from "../../shared/config.ts";
import type { View } from "../../shared/envelope.ts";
import type { Message, Office, ServerFrame } from "../../shared/protocol.ts";
import type { Status } from "./connection.ts";
import { confirmed, put, putAll, readUpTo } from "./thread.ts";
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
};

const TYPING_MS = 6_000;

/** What is shared with the other tabs. */
export type Snapshot = Pick<State, "status" | "welcomed" | "known" | "person" | "messages" | "more" | "office" | "problem">;

export function snapshot({ status, welcomed, known, person, messages, more, office, problem }: State): Snapshot {
  return { status, welcomed, known, person, messages, more, office, problem };
}

/** The state after a word of the server. `acked` is the outbox's entry that an `ack` is about. */
export function heard(state: State, frame: ServerFrame, now: number, acked?: Entry): State {
  switch (frame.t) {
    case "welcome": {
      // The first word, another beginning, or the history that could not be read before.
      const fresh = !state.welcomed || frame.reset || !state.known;
      const messages = putAll(frame.reset ? [] : state.messages, frame.messages);
      return {
        ...state, messages, welcomed: true, known: frame.known, person: frame.person, problem: undefined,
        more: fresh ? frame.more : state.more, office: frame.office ?? state.office, token: frame.token ?? state.token,
      };
    }
    case "visitor":
      return { ...state, token: frame.token };
    case "ack":
      return acked && !state.messages.some(({ client }) => client === frame.id) ? { ...state, messages: put(state.messages, confirmed(acked)) } : state;
    case "message":
      return { ...state, messages: put(state.messages, frame.message), typing: frame.message.own ? undefined : state.typing };
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
      return { ...state, messages: putAll(state.messages, frame.messages), more: frame.more, loading: false };
    case "error":
      return refused(state, frame.code);
    default:
      return state;
  }
}

/** Errors that a visitor must know of; the others pass by themselves. */
function refused(state: State, code: string): State {
  if (code === "identity" || code === "identity_required" || code === "version") return { ...state, problem: code };
  return { ...state, loading: false };
}
