import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import type { ErrorReason } from "../gen/okno/errors/v1/reason_pb.ts";

export type ReasonName = keyof typeof ErrorReason;

/** What went wrong, as the page words it. */
export type Problem = {
  reason: ReasonName;
  code: Code;
  metadata: Readonly<Record<string, string>>;
  traceId: string;
};

const BY_CODE: Partial<Record<Code, ReasonName>> = {
  [Code.Unavailable]: "UNAVAILABLE",
  [Code.DeadlineExceeded]: "UNAVAILABLE",
  [Code.Canceled]: "UNAVAILABLE",
  [Code.Unauthenticated]: "NOT_SIGNED_IN",
  [Code.PermissionDenied]: "PERMISSION",
  [Code.ResourceExhausted]: "RATE_LIMITED",
  [Code.Aborted]: "ETAG_MISMATCH",
  [Code.InvalidArgument]: "INVALID_FIELD",
  [Code.NotFound]: "CONVERSATION_NOT_FOUND",
};

/** Reads any error of a call; what carries no reason of ours gets the one of its code. */
export function problemOf(error: unknown): Problem {
  const known = ConnectError.from(error);
  const info = known.findDetails(ErrorInfoSchema).find((detail) => detail.domain === "okno");
  const lost = isLost(known);
  const reason = info && isReason(info.reason) ? info.reason : lost ? "UNAVAILABLE" : reasonOf(known.code);
  return { reason, code: known.code, metadata: info?.metadata ?? {}, traceId: known.metadata.get("x-trace-id") ?? "" };
}

/** True when the call may never have reached the server, or is worth repeating as it is. */
export function isLost(error: unknown): boolean {
  const { code, rawMessage } = ConnectError.from(error);
  if (code === Code.Unavailable || code === Code.DeadlineExceeded) return true;
  // What fetch says when the network is gone has no code of its own.
  return code === Code.Unknown && /fetch|network|load failed/iu.test(rawMessage);
}

/** What stands for an error that says no reason, or one that the page has no words for. */
export function reasonOf(code: Code): ReasonName {
  return BY_CODE[code] ?? "INTERNAL";
}

/** By its form: the list of all of them is weight on the first open. */
function isReason(name: string): name is ReasonName {
  return /^[A-Z][A-Z_]*$/u.test(name);
}
