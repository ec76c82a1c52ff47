import { createContext, use } from "react";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";

/** What every bubble needs and no event changes. */
export type ThreadContext = {
  conversation: Conversation;
  me: string;
  capabilities: Capabilities | undefined;
  employees: ReadonlyMap<string, Employee>;
  message: (messageId: string) => Message | undefined;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  show: (attachmentId: string) => void;
  jump: (message: Message) => void;
};

const Context = createContext<ThreadContext | undefined>(undefined);
export const ThreadProvider = Context.Provider;

export function useThread(): ThreadContext {
  const context = use(Context);
  if (!context) throw new Error("a bubble stands outside of a thread");
  return context;
}
