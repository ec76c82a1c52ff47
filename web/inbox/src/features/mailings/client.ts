import { createClient } from "@connectrpc/connect";
import { MailingService } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { transport } from "../../rpc/transport.ts";

export const mailings = createClient(MailingService, transport);
