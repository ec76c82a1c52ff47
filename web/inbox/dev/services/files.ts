import { Code, type ConnectRouter } from "@connectrpc/connect";
import { AttachmentKind, AttachmentState } from "../../src/gen/okno/channel/v1/content_pb.ts";
import { FileService, FileState } from "../../src/gen/okno/file/v1/file_service_pb.ts";
import { refuse, type World } from "../world.ts";

export function fileService(router: ConnectRouter, world: World): void {
  router.service(FileService, {
    createFile({ fileId, name, mimeType, sizeBytes, durationMs, kind }) {
      world.files.set(fileId, { name, mimeType, bytes: Buffer.alloc(0), width: 320, height: 240, durationMs, kind });
      return { file: { fileId, name, mimeType, sizeBytes, state: FileState.UPLOADING }, uploadPath: `/files/${fileId}` };
    },
    getFile({ fileId }) {
      const file = world.files.get(fileId);
      if (!file) throw refuse("FILE_NOT_FOUND", Code.NotFound);
      return { file: { fileId, name: file.name, mimeType: file.mimeType, sizeBytes: BigInt(file.bytes.length), state: FileState.STORED, durationMs: file.durationMs ?? 0 } };
    },
  });
}

/** An uploaded file as the attachment of a message. */
export function attachmentOf(world: World, id: string) {
  const file = world.files.get(id);
  const mimeType = file?.mimeType ?? "";
  const byType = mimeType.startsWith("image/") ? AttachmentKind.IMAGE : mimeType.startsWith("video/") ? AttachmentKind.VIDEO : mimeType.startsWith("audio/") ? AttachmentKind.AUDIO : AttachmentKind.DOCUMENT;
  const kind = file?.kind || byType;
  const seen = kind === AttachmentKind.IMAGE || kind === AttachmentKind.VIDEO;
  return {
    attachmentId: id,
    kind,
    name: file?.name ?? "",
    mimeType,
    sizeBytes: BigInt(file?.bytes.length ?? 0),
    width: seen ? 320 : 0,
    height: seen ? 240 : 0,
    durationMs: file?.durationMs ?? 0,
    state: AttachmentState.STORED,
  };
}
