import { type Attachment, AttachmentKind, AttachmentState } from "../../../gen/okno/channel/v1/content_pb.ts";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import type { Picture } from "../../../ui/Lightbox.tsx";

/** Every picture of the loaded thread, for looking through. */
export function picturesOf(messages: readonly Message[]): Picture[] {
  return messages
    .filter((message) => !message.deletedAt)
    .flatMap((message) => message.content?.attachments ?? [])
    .filter((attachment) => isPicture(attachment) && attachment.state === AttachmentState.STORED)
    .map(({ attachmentId, name }) => ({ id: attachmentId, url: fileUrl(attachmentId), name: name || t("message.photo") }));
}

export function isPicture({ kind }: Attachment): boolean {
  return kind === AttachmentKind.IMAGE;
}
