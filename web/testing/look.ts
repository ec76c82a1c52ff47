import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Canvas, compare, packed } from "./compare.ts";

/** Where the pictures are kept, where those that differ are put, and whether they are taken anew. */
export type Gallery = { kept: URL; made: URL; renew: boolean; /** Of the Chromium that draws. */ version: () => string };

type Shown = {
  screenshot: (options: { animations: "disabled"; caret: "hide"; scale: "css" }) => Promise<Buffer>;
  context: () => { newPage: () => Promise<Canvas & { close: () => Promise<void> }> };
};

/** So many pixels may be otherwise: less than a letter. */
const PIXELS_AT_MOST = 20;

/** Compares what is on the screen with the picture kept of it. Nothing when it is as it was; else what differs and where that is to be seen. */
export async function look(gallery: Gallery, page: Shown, shot: string): Promise<string[]> {
  const canvas = await page.context().newPage();
  try {
    const png = await page.screenshot({ animations: "disabled", caret: "hide", scale: "css" });
    const kept = new URL(`${shot}.webp`, gallery.kept);
    if (gallery.renew) {
      mkdirSync(gallery.kept, { recursive: true });
      writeFileSync(kept, await packed(canvas, png));
      writeFileSync(new URL("chromium.txt", gallery.kept), `${gallery.version()}\n`);
      return [];
    }
    if (!existsSync(kept)) return [`${shot}: there is none yet`];
    const { pixels, picture } = await compare(canvas, readFileSync(kept), png);
    if (pixels <= PIXELS_AT_MOST) return [];
    mkdirSync(gallery.made, { recursive: true });
    writeFileSync(new URL(`${shot}.now.png`, gallery.made), png);
    writeFileSync(new URL(`${shot}.diff.png`, gallery.made), picture);
    return [`${shot}: ${pixels} pixels differ, see test-results/pictures/${shot}.diff.png${otherBrowser(gallery)}`];
  } finally {
    await canvas.close();
  }
}

function otherBrowser({ kept, version }: Gallery): string {
  const then = readFileSync(new URL("chromium.txt", kept), "utf8").trim();
  return then === version() ? "" : ` (taken with Chromium ${then}, this is ${version()}: letters may be drawn otherwise)`;
}
