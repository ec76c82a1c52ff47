import { AttachmentKind } from "../../gen/okno/channel/v1/content_pb.ts";
import { type LastMessage, MessageKind } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { type Key, t } from "../../i18n/index.ts";

export { nameOf } from "../../i18n/person.ts";

const KINDS: Record<AttachmentKind, Key> = {
  [AttachmentKind.UNSPECIFIED]: "kind.document",
  [AttachmentKind.IMAGE]: "kind.image",
  [AttachmentKind.VIDEO]: "kind.video",
  [AttachmentKind.VIDEO_NOTE]: "kind.video_note",
  [AttachmentKind.VOICE]: "kind.voice",
  [AttachmentKind.AUDIO]: "kind.audio",
  [AttachmentKind.ANIMATION]: "kind.animation",
  [AttachmentKind.STICKER]: "kind.sticker",
  [AttachmentKind.DOCUMENT]: "kind.document",
};

export function attachmentName(kind: AttachmentKind): string {
  return t(KINDS[kind] ?? "kind.document");
}

/** One line for a last message: its text, or its kind as a word. */
export function previewOf(last: LastMessage | undefined): string {
  if (!last) return t("row.noMessages");
  if (last.kind === MessageKind.BUTTON) return `${t("message.button")}: ${last.text}`;
  if (last.text) return last.text;
  return last.attachmentKind === AttachmentKind.UNSPECIFIED ? t("kind.other") : attachmentName(last.attachmentKind);
}
