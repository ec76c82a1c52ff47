import { type Attachment, AttachmentState, type Letter } from "../../../gen/okno/channel/v1/content_pb.ts";
import type { Content } from "../../../gen/okno/channel/v1/content_pb.ts";

/** The files that go along; markup, original and what the markup shows are none of them. */
export function filesOf({ attachments, letter }: Content): Attachment[] {
  return attachments.filter(({ attachmentId }) => letter === undefined || !isWithin(letter, attachmentId));
}

export function isWithin({ htmlFileId, rawFileId, inline }: Letter, id: string): boolean {
  return id === htmlFileId || id === rawFileId || inline.some(({ fileId }) => fileId === id);
}

/** By their content ids, the files that the markup shows and that are here already. */
export function shownFiles({ attachments, letter }: Content): ReadonlyMap<string, string> {
  const stored = new Set(attachments.filter(({ state }) => state === AttachmentState.STORED).map(({ attachmentId }) => attachmentId));
  return new Map(letter?.inline.filter(({ fileId }) => stored.has(fileId)).map(({ contentId, fileId }) => [contentId, fileId]));
}
