import { useSyncExternalStore } from "react";
import type { AttachmentKind } from "../../../gen/okno/channel/v1/content_pb.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { problemOf, type Problem } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { upload, UploadError } from "../../../rpc/upload.ts";
import { draftOf, editDraft, saveNow } from "../drafts.ts";
import { type Refusal, refusalOf } from "./limits.ts";

// Files on their way to the server. They go on when another conversation is opened; a finished one becomes part
// of its conversation's draft.

export type UploadItem = {
  id: string;
  conversationId: string;
  file: File;
  about?: About;
  part: number;
  state: "uploading" | "refused" | "failed";
  refusal?: Refusal;
  problem?: Problem;
  abort: () => void;
};

let items: readonly UploadItem[] = [];
const listeners = new Set<() => void>();

export function useUploads(): readonly UploadItem[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => items,
  );
}

type About = { kind?: AttachmentKind; durationMs?: number };

/** One file that is known to be right for its channel. */
export function addFile(conversationId: string, file: File, about: About): void {
  const item: UploadItem = { id: newId(), conversationId, file, about, part: 0, state: "uploading", abort: () => undefined };
  change([...items, item]);
  start(item);
}

export function addFiles(conversationId: string, files: readonly File[], capabilities: Capabilities | undefined): void {
  for (const file of files) {
    const id = newId();
    const refusal = refusalOf(file, capabilities);
    const item: UploadItem = { id, conversationId, file, part: 0, state: refusal ? "refused" : "uploading", abort: () => undefined, ...(refusal ? { refusal } : {}) };
    change([...items, item]);
    if (!refusal) start(item);
  }
}

export function retryUpload(item: UploadItem): void {
  patch(item.id, { state: "uploading", part: 0 });
  start(item);
}

export function dropUpload(item: UploadItem): void {
  item.abort();
  change(items.filter((other) => other.id !== item.id));
}

function start(item: UploadItem): void {
  const { fileId, done, abort } = upload(item.file, (part) => patch(item.id, { part }), item.about);
  patch(item.id, { abort });
  done.then(
    () => finish(item, fileId),
    (error: unknown) => patch(item.id, error instanceof UploadError ? { state: "failed" } : { state: "failed", problem: problemOf(error) }),
  );
}

function finish(item: UploadItem, fileId: string): void {
  if (!items.some((other) => other.id === item.id)) return;
  change(items.filter((other) => other.id !== item.id));
  const { name, type, size } = item.file;
  editDraft(item.conversationId, { files: [...draftOf(item.conversationId).files, { fileId, name, mimeType: type, sizeBytes: size }] });
  saveNow(item.conversationId);
}

function patch(id: string, part: Partial<UploadItem>): void {
  change(items.map((item) => (item.id === id ? { ...item, ...part } : item)));
}

function change(to: readonly UploadItem[]): void {
  items = to;
  for (const tell of listeners) tell();
}
