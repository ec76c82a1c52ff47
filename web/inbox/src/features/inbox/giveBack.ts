import { type DraftText, draftOf, editDraft, type Mode } from "./drafts.ts";

/** What left the field and comes back to it. */
export type Returned = Pick<DraftText, "text" | "replyTo" | "files">;

/** Puts words and files back into the field, after what has been written there since; nothing of either is lost. */
export function giveBack(conversationId: string, mode: Mode, { text, replyTo, files }: Returned): void {
  const now = draftOf(conversationId);
  if (mode === "note") return editDraft(conversationId, { mode, noteText: after(now.noteText, text) });
  const here = new Set(now.files.map(({ fileId }) => fileId));
  editDraft(conversationId, {
    mode,
    text: after(now.text, text),
    replyTo: now.replyTo || replyTo,
    files: [...now.files, ...files.filter(({ fileId }) => !here.has(fileId))],
  });
}

function after(written: string, text: string): string {
  return written && text ? `${written}\n${text}` : written || text;
}
