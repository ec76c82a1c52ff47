import { createClient } from "@connectrpc/connect";
import { FileService } from "../gen/okno/file/v1/file_service_pb.ts";
import { ConversationService } from "../gen/okno/inbox/v1/conversation_service_pb.ts";
import { transport } from "./transport.ts";

// Clients for calls outside of React Query: what is sent, and what is asked in batches.
export const conversations = createClient(ConversationService, transport);
export const files = createClient(FileService, transport);
