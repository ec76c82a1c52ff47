import { accounts } from "../../rpc/accounts.ts";

const STRETCH = 1024 * 1024;

/** What came, whole, in as many calls as it takes. */
export async function wholeOf(deadLetterId: string): Promise<Blob> {
  const pieces: BlobPart[] = [];
  let type = "";
  for (let offset = 0n, size = 1n; offset < size; ) {
    const { data, sizeBytes, contentType } = await accounts.getDeadLetterOriginal({ deadLetterId, offset, limit: STRETCH });
    if (data.length === 0) break;
    pieces.push(new Uint8Array(data));
    offset += BigInt(data.length);
    size = sizeBytes;
    type = contentType;
  }
  return new Blob(pieces, { type: type || "application/octet-stream" });
}

/** A name under which programs know what to do with it. */
export function fileName(deadLetterId: string, contentType: string): string {
  const ending = contentType === "message/rfc822" ? "eml" : contentType.startsWith("application/json") ? "json" : "bin";
  return `${deadLetterId}.${ending}`;
}
