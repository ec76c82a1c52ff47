import { createClient } from "@connectrpc/connect";
import { SessionService } from "../gen/okno/org/v1/session_service_pb.ts";
import { transport } from "./transport.ts";

/** Signing in and out, and what is one's own; apart from the other clients, for the sign-in loads no more than this. */
export const sessions = createClient(SessionService, transport);
