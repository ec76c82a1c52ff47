import { createClient } from "@connectrpc/connect";
import { RequestService } from "../gen/okno/inbox/v1/request_service_pb.ts";
import { transport } from "./transport.ts";

/** For the calls that change a request: nothing of them is needed to show one. */
export const requests = createClient(RequestService, transport);
