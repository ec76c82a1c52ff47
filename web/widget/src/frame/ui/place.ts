import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Session } from "../core/session.ts";
import type { State } from "../core/state.ts";
import type { Store } from "../core/store.ts";
import type { Announcer } from "./announcer.ts";

/** What every part of the chat may use. `base` is the account's address at the gateway. */
export type Things = { session: Session; base: string; store: Store; announcer: Announcer; close: () => void };

export const Place = createContext<Things>(undefined as unknown as Things);

export function usePlace(): Things {
  return useContext(Place);
}

/** The state, drawn anew at each change. */
export function useChat(): State {
  const { session } = usePlace();
  const [state, setState] = useState(session.state);
  useEffect(() => {
    setState(session.state);
    return session.subscribe(() => setState(session.state));
  }, [session]);
  return state;
}
