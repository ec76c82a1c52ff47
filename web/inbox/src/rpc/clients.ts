import { createClient } from "@connectrpc/connect";
import { ConversationService } from "../gen/okno/inbox/v1/conversation_service_pb.ts";
import { transport } from "./transport.ts";

// Clients for calls outside of React Query: what is sent, and what is asked in batches.
export const conversations = createClient(ConversationService, transport);
