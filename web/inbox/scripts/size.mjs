// The budgets of the first open, over vite's manifest: what a screen loads before it can be used.
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1000;
const dist = process.env.OKNO_DIST ? pathToFileURL(`${process.env.OKNO_DIST}/`) : new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const gzip = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

/** Every chunk that the named ones import, themselves included. */
function closure(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name)) continue;
    if (!manifest[name]) throw new Error(`no chunk ${name} in the manifest`);
    seen.add(name);
    closure(manifest[name].imports ?? [], seen);
  }
  return seen;
}

function weigh(names) {
  const chunks = [...closure(names)].map((name) => manifest[name]);
  const styles = new Set(chunks.flatMap((chunk) => chunk.css ?? []));
  return {
    js: chunks.reduce((sum, chunk) => sum + gzip(chunk.file), 0),
    css: [...styles].reduce((sum, file) => sum + gzip(file), 0),
    requests: chunks.length + styles.size,
  };
}

const shell = ["index.html", "src/i18n/ru.ts", "src/app/Shell.tsx"];
const screens = [
  ["/sign-in", ["index.html", "src/i18n/ru.ts", "src/features/sign-in/SignIn.tsx"], 175],
  ["/inbox", [...shell, "src/i18n/ru/inbox.ts", "src/features/inbox/InboxPage.tsx"], 229],
  ["/inbox, a conversation", [...shell, "src/i18n/ru/inbox.ts", "src/features/inbox/InboxPage.tsx", "src/features/inbox/ConversationPane.tsx"], 250],
  ["/settings/channels", [...shell, "src/i18n/ru/settings.ts", "src/app/SettingsLayout.tsx", "src/features/channels/ChannelsPage.tsx"], 227],
];
const STYLES_KB = 35;
const HTML_KB = 5;
const FONTS_KB = 60;

let failed = false;
function report(what, bytes, budget) {
  const over = bytes > budget * KB;
  failed ||= over;
  console.log(`${over ? "OVER " : "     "}${what.padEnd(34)} ${(bytes / KB).toFixed(1).padStart(7)} kB of ${budget}`);
}

for (const [name, names, budget] of screens) {
  const { js, css, requests } = weigh(names);
  report(`${name} JS, gzip`, js, budget);
  report(`${name} CSS, gzip`, css, STYLES_KB);
  console.log(`     ${`${name} files`.padEnd(34)} ${String(requests).padStart(7)}`);
}
const assets = readdirSync(new URL("assets/", dist));
const fonts = assets.filter((file) => /golos-text-(cyrillic|latin)-wght-normal.*\.woff2$/.test(file));
report("fonts of a first open", fonts.reduce((sum, file) => sum + readFileSync(new URL(`assets/${file}`, dist)).length, 0), FONTS_KB);
report("index.html, gzip", gzip("index.html"), HTML_KB);
for (const file of assets.filter((name) => name.startsWith("worker"))) console.log(`     ${"shared worker, gzip, beside".padEnd(34)} ${(gzip(`assets/${file}`) / KB).toFixed(1).padStart(7)} kB`);
process.exit(failed ? 1 : 0);
