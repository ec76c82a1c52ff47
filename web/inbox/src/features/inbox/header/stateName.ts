import { RequestState } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Key } from "../../../i18n/index.ts";

const NAMES: Record<RequestState, Key> = {
  [RequestState.UNSPECIFIED]: "request.none",
  [RequestState.UNASSIGNED]: "request.unassigned",
  [RequestState.ASSIGNED]: "request.assigned",
  [RequestState.IN_WORK]: "request.in_work",
  [RequestState.POSTPONED]: "request.postponed",
  [RequestState.DONE]: "request.done",
  [RequestState.REJECTED]: "request.rejected",
};

export function stateName(state: RequestState | undefined): Key {
  return NAMES[state ?? RequestState.UNSPECIFIED] ?? "request.none";
}
