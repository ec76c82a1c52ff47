import { hasShape } from "../../ui/stored.ts";

/** A file that was uploaded and goes with a message. */
export type OutFile = { fileId: string; name: string; mimeType: string; sizeBytes: number };

export function isOutFile(value: unknown): value is OutFile {
  return hasShape(value, { fileId: "string", name: "string", mimeType: "string", sizeBytes: "number" });
}
