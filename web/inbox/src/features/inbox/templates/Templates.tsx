import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import type { OutFile } from "../outFile.ts";
import { sendTemplate } from "./sendTemplate.ts";
import { TemplatePicker } from "./TemplatePicker.tsx";

/** The picker as the composer opens it: what is picked is sent. */
export function Templates({ conversation, files, onClose }: { conversation: Conversation; files: readonly OutFile[]; onClose: () => void }) {
  return <TemplatePicker conversation={conversation} files={files} onClose={onClose} onSend={(template, values) => sendTemplate(conversation.conversationId, template, values, files)} />;
}
