import { AssignmentMethod } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";

/** How a new request finds somebody, with the words for it. Apart from the form, which the list of channels does not need. */
export const METHODS = [
  [AssignmentMethod.QUEUE, "account.queue"],
  [AssignmentMethod.FIXED, "account.fixed"],
  [AssignmentMethod.ROUND_ROBIN, "account.roundRobin"],
] as const;
