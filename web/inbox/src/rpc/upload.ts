import type { AttachmentKind } from "../gen/okno/channel/v1/content_pb.ts";
import { newId } from "./ids.ts";
import { keepPage } from "./leaving.ts";

export type Upload = { fileId: string; done: Promise<void>; abort: () => void };

let running = 0;
keepPage(() => running > 0);

/** How many files are on their way to the server. */
export function uploadsRunning(): number {
  return running;
}

/** Where the bytes of a file or an attachment can be read. */
export function fileUrl(id: string): string {
  return `/files/${encodeURIComponent(id)}`;
}

/**
 * Registers `file` and sends its bytes; `progress` gets 0..1. `done` fails with a ConnectError from the
 * registration, or with an `UploadError` from the bytes. `about` says what the bytes do not tell.
 */
export function upload(file: File, progress: (part: number) => void, about: { kind?: AttachmentKind; durationMs?: number } = {}): Upload {
  const fileId = newId();
  const request = new XMLHttpRequest();
  let aborted = false;
  const send = async (): Promise<void> => {
    const { files } = await import("./files.ts");
    const { uploadPath } = await files.createFile({
      fileId,
      name: file.name || "file",
      mimeType: file.type || "application/octet-stream",
      sizeBytes: BigInt(file.size),
      ...about,
    });
    if (aborted) throw new UploadError(0);
    await put(request, uploadPath, file, progress);
  };
  running += 1;
  const done = send().finally(() => (running -= 1));
  return {
    fileId,
    done,
    abort: () => {
      aborted = true;
      request.abort();
    },
  };
}

/** The bytes did not arrive; `status` is HTTP's, 0 when the connection broke. */
export class UploadError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the upload ended with status ${status}`);
    this.status = status;
  }
}

function put(request: XMLHttpRequest, path: string, file: File, progress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : reject(new UploadError(request.status)));
    request.onerror = () => reject(new UploadError(0));
    request.onabort = () => reject(new UploadError(0));
    request.open("PUT", path);
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.send(file);
  });
}
