import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LetterSchema } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { files } from "../../../../rpc/files.ts";
import { UploadError } from "../../../../rpc/upload.ts";
import type { OutLetter } from "../../outLetter.ts";
import { contentId, withParts } from "./quote.ts";

/** Stores the markup, and gives the head that names it and its pictures. Done again it stores the same once more. */
export async function headOf({ subject, to, cc, bcc, html, htmlFileId }: OutLetter): Promise<MessageInitShape<typeof LetterSchema>> {
  const parts = withParts(html);
  const bytes = new TextEncoder().encode(parts.html);
  const { uploadPath } = await files.createFile({ fileId: htmlFileId, name: "letter.html", mimeType: "text/html", sizeBytes: BigInt(bytes.length) });
  const answer = await fetch(uploadPath, { method: "PUT", headers: { "content-type": "text/html" }, body: bytes });
  if (!answer.ok) throw new UploadError(answer.status);
  return { subject, to: [...to], cc: [...cc], bcc: [...bcc], htmlFileId, inline: parts.fileIds.map((fileId) => ({ fileId, contentId: contentId(fileId) })) };
}
