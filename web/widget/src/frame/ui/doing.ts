import type { State } from "../core/state.ts";

type Doing = "wait" | "trouble" | "offline" | "introduce" | "write";

/** Who has written before, or is known to the site, is asked nothing. */
export function doing(state: State): Doing {
  const { config, office, introduced, person, token, messages, out } = state;
  if (state.problem) return "trouble";
  if (config.require_identity && !person) return state.welcomed ? "trouble" : "wait";
  const stranger = !person && !token && messages.length === 0 && out.length === 0;
  if (stranger && office && !office.open && config.offline.mode === "form") return "offline";
  return stranger && !introduced && config.prechat.fields.length > 0 ? "introduce" : "write";
}
