// Builds dist/: the loader, the frame with hashed names, the demo shop, and the manifest that the gateway reads.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
// Made beside and moved into place whole: whoever reads dist/ meanwhile, or builds as well, never meets a half of it.
const dist = `${root}node_modules/.okno-build-${process.pid}/`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** One bundle of one entry, without vite's own page handling. */
function bundle(entry, output) {
  return build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    base: "./",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      target: "es2022",
      outDir: dist,
      emptyOutDir: false,
      modulePreload: false,
      cssCodeSplit: false,
      assetsInlineLimit: 0,
      rolldownOptions: { input: `${root}${entry}`, output },
    },
  });
}

mkdirSync(dist, { recursive: true });
await bundle("src/loader/main.ts", { format: "iife", entryFileNames: "okno.js" });
await bundle("src/frame/main.tsx", { format: "es", entryFileNames: "assets/frame-[hash].js", assetFileNames: "assets/frame-[hash][extname]", codeSplitting: false });
await bundle("src/visits/main.ts", { format: "es", entryFileNames: "assets/visits-[hash].js", codeSplitting: false });
await bundle("src/demo/shop.ts", { format: "es", entryFileNames: "demo/shop.js", assetFileNames: "demo/shop[extname]", codeSplitting: false });
cpSync(`${root}src/demo/index.html`, `${dist}demo/index.html`);

const assets = readdirSync(`${dist}assets`).sort();
const one = (end, of = "frame") => assets.find((name) => name.startsWith(of) && name.endsWith(end)) ?? fail(`no ${end} of the ${of} was built`);
const page = readFileSync(`${root}src/frame/frame.html`, "utf8").replace("STYLE", one(".css")).replace("SCRIPT", one(".js"));
writeFileSync(`${dist}frame.html`, page);

const loader = readFileSync(`${dist}okno.js`);
const digest = (hash, text) => createHash(hash).update(text);
const whole = digest("sha256", Buffer.concat([loader, Buffer.from(page), Buffer.from(one(".js", "visits"))])).digest("hex");
const manifest = {
  version: `${version}-${whole.slice(0, 8)}`,
  loader: { file: "okno.js", integrity: `sha384-${digest("sha384", loader).digest("base64")}` },
  page: "frame.html",
  assets: assets.filter((name) => name.startsWith("frame")).map((name) => `assets/${name}`),
  visits: `assets/${one(".js", "visits")}`,
};
writeFileSync(`${dist}manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(`${root}dist`, { recursive: true, force: true });
renameSync(dist, `${root}dist`);
console.log(`built the widget ${manifest.version}`);

function fail(text) {
  throw new Error(text);
}
