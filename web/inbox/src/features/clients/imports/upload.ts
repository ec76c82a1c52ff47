import { isLost } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { imports, keep } from "./queries.ts";

/** The server takes no more. */
export const LARGEST = 50 * 1024 * 1024;
const PART = 512 * 1024;
const LONGEST_NAME = 200;
const PAUSES_MS = [500, 2_000, 5_000];

/** Sends a file in parts and has it read; the id of its import. A part whose answer was lost is sent again, which changes nothing. */
export async function upload(file: File, onProgress: (sent: number) => void, signal: AbortSignal): Promise<string> {
  const importId = newId();
  const fileName = file.name.slice(-LONGEST_NAME);
  await again(() => imports.createImport({ requestId: importId, fileName }, { signal }), signal);
  for (let offset = 0; offset < file.size; ) {
    const content = new Uint8Array(await file.slice(offset, offset + PART).arrayBuffer());
    const at = BigInt(offset);
    await again(() => imports.appendImportFile({ importId, offset: at, content }, { signal }), signal);
    offset += content.length;
    onProgress(offset);
  }
  keep(await again(() => imports.readImport({ importId }, { signal }), signal));
  return importId;
}

async function again<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || !isLost(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return call();
}
