// The budgets: the loader that every page of a site loads, and the frame that comes with the first open.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KB = 1000;
const LOADER_KB = 4;
const FRAME_KB = 40;
const VISITS_KB = 4;
const DEMO_KB = 20;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));
const gzip = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

let failed = false;
function report(what, files, budget) {
  const bytes = files.reduce((sum, file) => sum + gzip(file), 0);
  const over = bytes > budget * KB;
  failed ||= over;
  console.log(`${over ? "OVER " : "     "}${what.padEnd(34)} ${(bytes / KB).toFixed(2).padStart(7)} kB of ${budget}`);
}

report("okno.js, gzip", [manifest.loader.file], LOADER_KB);
report("frame JS and CSS, gzip", manifest.assets, FRAME_KB);
report("visits, gzip", [manifest.visits], VISITS_KB);
report("demo shop, gzip", ["demo/index.html", "demo/shop.js", "demo/shop.css"], DEMO_KB);
process.exit(failed ? 1 : 0);
