import { AttachmentKind } from "../../gen/okno/channel/v1/content_pb.ts";
import type { Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../i18n/index.ts";
import type { Notice } from "./store.ts";

const LONGEST = 140;

/** One line of a message: its text, or what it is. */
export function previewOf({ content }: Message): string {
  const text = content?.text.replaceAll(/\s+/gu, " ").trim() ?? "";
  if (text) return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const kind = content?.attachments[0]?.kind;
  if (kind === AttachmentKind.IMAGE) return t("notices.image");
  if (kind === AttachmentKind.VOICE) return t("notices.voice");
  return kind === undefined ? "" : t("notices.file");
}

/** What happened, in the words of the list and of the browser's notification. */
export function lineOf({ kind, text, by }: Pick<Notice, "kind" | "text" | "by">): string {
  switch (kind) {
    case "assigned":
      return t("notices.assigned");
    case "transferred":
      return by ? t("notices.transferredBy", { by }) : t("notices.transferred");
    case "mention":
      return [by ? t("notices.mentionBy", { by }) : t("notices.mention"), text].filter(Boolean).join(": ");
    case "channel":
    case "inbound":
      return text || t("notices.inbound");
  }
}
