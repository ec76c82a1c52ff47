import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { problemOf } from "./errors.ts";

const CALL_TIMEOUT_MS = 15_000;

const leavers = new Set<() => void>();

/** Called when any answer says that nobody is signed in here any more. */
export function onSignedOut(tell: () => void): () => void {
  leavers.add(tell);
  return () => leavers.delete(tell);
}

export function tellSignedOut(): void {
  for (const tell of leavers) tell();
}

const noticeSignOut: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated && problemOf(error).reason === "NOT_SIGNED_IN") tellSignedOut();
    throw error;
  }
};

/** The way to the server: gRPC-Web at our own origin, the session in a cookie. */
export const transport: Transport = createGrpcWebTransport({
  baseUrl: "/",
  defaultTimeoutMs: CALL_TIMEOUT_MS,
  interceptors: [noticeSignOut],
});
