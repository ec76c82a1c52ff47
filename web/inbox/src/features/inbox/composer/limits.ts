import { AttachmentKind } from "../../../gen/okno/channel/v1/content_pb.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";

/** What FileService takes, whatever the channel would. */
export const FILE_LIMIT = 100 * 1024 * 1024;
export const FILES_AT_MOST = 20;

/** Which of the chosen files still fit into one message beside the `taken`, and which do not. */
export function fitting<T>(chosen: readonly T[], taken: number): { fits: readonly T[]; over: readonly T[] } {
  const room = Math.max(0, FILES_AT_MOST - taken);
  return { fits: chosen.slice(0, room), over: chosen.slice(room) };
}

/** What a file will be sent as. */
export function kindOf(mimeType: string): AttachmentKind {
  if (mimeType === "image/gif") return AttachmentKind.ANIMATION;
  if (/^image\/(?:jpeg|png|webp)$/u.test(mimeType)) return AttachmentKind.IMAGE;
  if (mimeType.startsWith("video/")) return AttachmentKind.VIDEO;
  if (mimeType.startsWith("audio/")) return AttachmentKind.AUDIO;
  return AttachmentKind.DOCUMENT;
}

export type Refusal = { why: "too-large"; limit: number } | { why: "kind" } | { why: "too-large-here"; limit: number };

/** Why a channel would refuse a file; undefined when it takes it, as itself or as a document. */
export function refusalOf(file: { type: string; size: number }, capabilities: Capabilities | undefined): Refusal | undefined {
  if (file.size > FILE_LIMIT) return { why: "too-large-here", limit: FILE_LIMIT };
  if (!capabilities || capabilities.media.length === 0) return undefined;
  const kinds = [kindOf(file.type), AttachmentKind.DOCUMENT];
  const ways = capabilities.media.filter((media) => kinds.includes(media.kind) && (media.mimeTypes.length === 0 || media.mimeTypes.includes(file.type)));
  if (ways.length === 0) return { why: "kind" };
  const limit = Math.max(...ways.map((media) => Number(media.maxBytes) || Infinity));
  return file.size > limit ? { why: "too-large", limit } : undefined;
}
