import type { Capabilities } from "../../../../gen/okno/channel/v1/gateway_pb.ts";
import { AttachmentState, type Letter } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { Direction, type Message } from "../../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../../i18n/index.ts";
import { fileUrl } from "../../../../rpc/upload.ts";
import { toast } from "../../../../ui/toasts.ts";
import { addFiles } from "../../composer/uploads.ts";
import { draftOf, editDraft } from "../../drafts.ts";
import { filesOf } from "../parts.ts";
import { answerTo, passOn } from "./answer.ts";
import { type LetterDraft, letterDraftOf, setLetterDraft } from "./draft.ts";

/** An answer to this letter as it begins: whom it is for, what it is called, what it quotes. */
export function answering(message: Message, letter: Letter, all: boolean, own: string): LetterDraft {
  const heads = answerTo(letter, { ours: message.direction === Direction.OUT, all, own });
  return { kind: "reply", bcc: [], html: "", text: "", quoteOf: message.messageId, ...heads };
}

/** What is written already stays; whom it goes to is chosen anew. */
export function beginAnswer(message: Message, letter: Letter, all: boolean, own: string): void {
  setLetterDraft(message.conversationId, { ...answering(message, letter, all, own), ...words(message.conversationId) });
}

/** The letter goes on with its files, to whomever. */
export function beginPassingOn(message: Message, letter: Letter, capabilities: Capabilities | undefined): void {
  const { conversationId, messageId, content } = message;
  setLetterDraft(conversationId, { kind: "forward", bcc: [], ...passOn(letter), quoteOf: messageId, ...words(conversationId) });
  editDraft(conversationId, { mode: "reply", replyTo: "" });
  const files = content ? filesOf(content).filter(({ state }) => state === AttachmentState.STORED) : [];
  for (const file of files) void takeAlong(conversationId, file, capabilities);
  document.getElementById("composer")?.focus();
}

function words(conversationId: string): Pick<LetterDraft, "html" | "text"> {
  const { html, text } = letterDraftOf(conversationId) ?? { html: "", text: draftOf(conversationId).text };
  return { html, text };
}

/** A file of theirs becomes one of ours. */
async function takeAlong(conversationId: string, { attachmentId, name, mimeType }: { attachmentId: string; name: string; mimeType: string }, capabilities: Capabilities | undefined): Promise<void> {
  try {
    const answer = await fetch(fileUrl(attachmentId));
    if (!answer.ok) throw new Error(`the file answered ${answer.status}`);
    addFiles(conversationId, [new File([await answer.blob()], name || "file", { type: mimeType })], capabilities);
  } catch {
    toast(t("write.fileFailed", { name }), { error: true });
  }
}
