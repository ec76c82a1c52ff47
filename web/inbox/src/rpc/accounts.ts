import { createClient } from "@connectrpc/connect";
import { ChannelAccountService } from "../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { transport } from "./transport.ts";

/** What a channel can carry is asked once its dialog stands. */
export const accounts = createClient(ChannelAccountService, transport);
