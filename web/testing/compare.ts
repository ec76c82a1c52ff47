/** A page of a browser, in which pictures are read: it knows all the formats. */
export type Canvas = { evaluate: <R, A>(run: (given: A) => Promise<R>, given: A) => Promise<R> };

export type Difference = {
  /** How many pixels are another colour, and not only because an edge was smoothed otherwise. */
  pixels: number;
  /** The new picture, grey, with those pixels in red. */
  picture: Buffer;
};

/** Channels may differ by so much, of 255. */
const TOLERANCE = 24;

/** Compares two pictures of one size. */
export async function compare(page: Canvas, before: Buffer, now: Buffer): Promise<Difference> {
  const { pixels, picture } = await page.evaluate(differ, { before: before.toString("base64"), now: now.toString("base64"), tolerance: TOLERANCE });
  return { pixels, picture: Buffer.from(picture, "base64") };
}

/** For keeping: colours are rounded by less than `compare` lets pass: few colours, so that a lossless WebP needs few bytes. */
export async function packed(page: Canvas, png: Buffer): Promise<Buffer> {
  const webp = await page.evaluate(async (base64: string) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const drawn = context?.getImageData(0, 0, bitmap.width, bitmap.height);
    if (!context || !drawn) throw new Error("no canvas");
    drawn.data.forEach((value, at) => {
      if (at % 4 !== 3) drawn.data[at] = Math.min(255, Math.round(value / 16) * 16);
    });
    context.putImageData(drawn, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 1 })).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
  }, png.toString("base64"));
  return Buffer.from(webp, "base64");
}

type Pair = { before: string; now: string; tolerance: number };

/** Runs in the page. */
async function differ({ before, now, tolerance }: Pair): Promise<{ pixels: number; picture: string }> {
  const read = async (base64: string): Promise<ImageData> => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    if (!context) throw new Error("no canvas");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [a, b] = await Promise.all([read(before), read(now)]);
  const { width, height } = b;
  const sameSize = a.width === width && a.height === height;
  const alike = (from: ImageData, at: number, to: ImageData, there: number): boolean => [0, 1, 2].every((channel) => Math.abs((from.data[at + channel] ?? 0) - (to.data[there + channel] ?? 0)) <= tolerance);
  // An edge that is smoothed otherwise has its colour one pixel away, in both pictures.
  const besides = (from: ImageData, to: ImageData, x: number, y: number): boolean => {
    for (let dy = -1; dy <= 1; dy += 1) for (let dx = -1; dx <= 1; dx += 1) if (alike(from, (y * width + x) * 4, to, ((y + dy) * width + x + dx) * 4)) return true;
    return false;
  };
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const shown = context.createImageData(width, height);
  let pixels = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      const other = !sameSize || (!alike(a, at, b, at) && !(besides(a, b, x, y) && besides(b, a, x, y)));
      const grey = 160 + Math.round(((b.data[at] ?? 0) + (b.data[at + 1] ?? 0) + (b.data[at + 2] ?? 0)) / 9);
      shown.data.set(other ? [220, 0, 0, 255] : [grey, grey, grey, 255], at);
      if (other) pixels += 1;
    }
  }
  context.putImageData(shown, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  return { pixels, picture: btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), "")) };
}
