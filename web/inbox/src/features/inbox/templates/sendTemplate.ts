import type { ChannelTemplate } from "../../../gen/okno/channel/v1/template_pb.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { newId } from "../../../rpc/ids.ts";
import { editDraft } from "../drafts.ts";
import { enqueue } from "../outbox.ts";
import type { OutFile } from "../outFile.ts";
import { readAs, type Values } from "./filled.ts";

/** Puts a template on its way. What is written in the field stays: it is another message. */
export function sendTemplate(conversationId: string, template: ChannelTemplate, values: Values, files: readonly OutFile[]): void {
  const { name, language, variables } = template;
  enqueue({
    messageId: newId(),
    conversationId,
    kind: "reply",
    text: readAs(template, values),
    files,
    replyTo: "",
    mentions: [],
    createdAt: serverNow(),
    notBefore: 0,
    template: { name, language, values: variables.map((variable) => ({ variable: variable.name, value: values[variable.name]?.trim() ?? "" })) },
  });
  if (files.length > 0) editDraft(conversationId, { files: [] });
}
