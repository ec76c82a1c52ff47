// Photos of clients are small: as the card shows them, twice as large for sharp screens and for a look at it.

const SIDE = 512;
const MOST_BYTES = 256 * 1024;
const QUALITIES = [0.9, 0.75, 0.5] as const;

/** The file was no picture that this browser reads. */
export class NoPicture extends Error {}

/** How large a picture becomes: its longer side fits, a small one stays as it is. */
export function fitted(width: number, height: number, side = SIDE): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The picture of a file as a JPEG that the server takes; where and by what it was taken does not go along. */
export async function shrink(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new NoPicture("not a picture");
  });
  const { width, height } = fitted(picture.width, picture.height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new NoPicture("no canvas");
  // What was see-through would become black.
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size <= MOST_BYTES) return new Uint8Array(await blob.arrayBuffer());
  }
  throw new NoPicture("too much in it");
}
