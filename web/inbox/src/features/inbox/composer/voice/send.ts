import { AttachmentKind } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { t } from "../../../../i18n/index.ts";
import { problemText } from "../../../../i18n/problem.ts";
import { serverNow } from "../../../../rpc/clock.ts";
import { problemOf } from "../../../../rpc/errors.ts";
import { newId } from "../../../../rpc/ids.ts";
import { upload, UploadError } from "../../../../rpc/upload.ts";
import { toast } from "../../../../ui/toasts.ts";
import { enqueue } from "../../outbox.ts";
import { setUndo } from "../undo.ts";
import { addFile } from "../uploads.ts";
import type { Recording } from "./recorder.ts";

/** Uploads a recording and sends it; when that fails it stands among the draft's files, to be tried again. */
export function sendVoice(conversationId: string, { file, durationMs }: Recording, delaySeconds: number): void {
  const { fileId, done } = upload(file, () => undefined, { kind: AttachmentKind.VOICE, durationMs });
  done.then(
    () => {
      const messageId = newId();
      const until = delaySeconds === 0 ? 0 : serverNow() + delaySeconds * 1000;
      const files = [{ fileId, name: file.name, mimeType: file.type, sizeBytes: file.size }];
      enqueue({ messageId, conversationId, kind: "reply", text: "", files, replyTo: "", mentions: [], createdAt: serverNow(), notBefore: until });
      // Taken back, it stands among the files; what is being written stays as it is.
      if (until) setUndo({ messageId, conversationId, until, mode: "reply", sent: { text: "", replyTo: "", files } });
    },
    (error: unknown) => {
      toast(error instanceof UploadError ? t("voice.notUploaded") : problemText(problemOf(error)), { error: true });
      keepVoice(conversationId, { file, durationMs });
    },
  );
}

/** Keeps a recording as a file of the conversation's draft. */
export function keepVoice(conversationId: string, { file, durationMs }: Recording): void {
  addFile(conversationId, file, { kind: AttachmentKind.VOICE, durationMs });
}
