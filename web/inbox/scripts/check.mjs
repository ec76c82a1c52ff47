// What the compiler cannot see: literals that belong in tokens, layers that look up, texts that nobody shows,
// contrast of the colours as they are used.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { contrastProblems } from "./contrast.mjs";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const problems = [];

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "gen" ? [] : files(path);
    return /\.(?:tsx?|css)$/.test(entry.name) ? [path] : [];
  });
}

const sources = files(src).map((path) => ({ name: relative(src, path), text: readFileSync(path, "utf8") }));

// Colours and spaces are tokens.
const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|color)\(|:\s*(?:white|black|red|green|blue|gray|grey|orange|yellow)\s*;/i;
const SPACE = /\b(?:padding|margin|gap|row-gap|column-gap)[a-z-]*:[^;]*?(?<![\w.-])(?!0px|1px|2px|10px)\d+(?:px|rem|em)\b/;
for (const { name, text } of sources) {
  if (name === "ui/tokens.css") continue;
  text.split("\n").forEach((line, index) => {
    const code = line.replace(/\/\*.*?\*\/|\/\/.*$/g, "");
    if ((name.endsWith(".css") || /style=/.test(code)) && COLOUR.test(code)) problems.push(`${name}:${index + 1} a colour outside of tokens.css: ${line.trim()}`);
    if (name.endsWith(".css") && SPACE.test(code)) problems.push(`${name}:${index + 1} a space that is no token: ${line.trim()}`);
  });
}

// Browsers give a promise for scrolling now, which the compiler does not know: React would call what an effect gives.
for (const { name, text } of sources) {
  if (/use(?:Layout)?Effect\(\(\) => (?!void\b)[^{\n]*\.scroll\w*\(/.test(text)) problems.push(`${name}: an effect gives what scrolling gave; put "void" before it`);
}

// ui knows no RPC; a feature knows no other; nothing but main and app knows app (its commands are a leaf).
const LEAVES = new Set(["app/commands.ts", "app/keys.ts"]);
for (const { name, text } of sources) {
  const [layer, feature] = name.split("/");
  for (const [, path] of text.matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)) {
    if (!path) continue;
    const target = relative(src, join(src, name, "..", path));
    const [to, other] = target.split("/");
    const bad =
      (layer === "ui" && ["rpc", "gen", "features", "app"].includes(to)) ||
      (layer === "rpc" && ["features", "app"].includes(to)) ||
      (layer === "features" && to === "features" && other !== feature) ||
      (layer === "features" && to === "app" && !LEAVES.has(target));
    if (bad) problems.push(`${name} must not import ${target}`);
  }
}

// Every text is shown somewhere, is in both languages (the compiler sees to that) and has the same blanks in both.
const catalogue = (language) => {
  const parts = sources.filter(({ name }) => name.startsWith(`i18n/${language}/`));
  return new Map(parts.flatMap(({ text }) => [...text.matchAll(/^ {2}"([^"]+)": (.+),$/gm)].map(([, key, value]) => [key, value])));
};
const en = catalogue("en");
const ru = catalogue("ru");
const code = sources.filter(({ name }) => !/^i18n\/(?:ru|en)\//.test(name)).map(({ text }) => text).join("\n");
const templates = [...code.matchAll(/`([a-zA-Z.]+\.)\$\{/g)].map(([, start]) => start);
const blanks = (value) => [...new Set([...value.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort().join();
// Words that come with a screen are shown by that screen alone.
const HOMES = { clients: /^features\/clients\//, leads: /^features\/leads\//, feed: /^features\/clients\/feed\//, doubles: /^features\/clients\/doubles\//, account: /^features\/channels\//, letters: /^features\/inbox\/letters\//, mailings: /^features\/mailings\//, profile: /^features\/profile\//, inbox: /^features\/inbox\/|^app\/(?:commands|keys|Palette)/, work: /^features\/inbox\/|^ui\/Lightbox/, settings: /^(?:features\/(?!inbox|sign-in)|app\/|ui\/form|rpc\/refusal)/, commands: /^app\/|^features\/inbox\//, potential: /^features\/clients\/potential\//, imports: /^features\/clients\/imports\//, accesses: /^features\/clients\/accesses\//, personal: /^features\/clients\/personal\// };
for (const [part, home] of Object.entries(HOMES)) {
  const text = sources.find(({ name }) => name === `i18n/en/${part}.ts`)?.text ?? "";
  for (const [, key] of text.matchAll(/^ {2}"([^"]+)":/gm)) {
    for (const { name } of sources.filter((source) => source.text.includes(`"${key}"`) && !source.name.startsWith("i18n/") && !home.test(source.name))) problems.push(`${name} shows "${key}", whose words come with another screen`);
  }
}
for (const [key, value] of en) {
  const shown = code.includes(`"${key}"`) || templates.some((start) => key.startsWith(start));
  if (!shown) problems.push(`i18n: nobody shows "${key}"`);
  if (ru.has(key) && blanks(value) !== blanks(ru.get(key))) problems.push(`i18n: "${key}" has other blanks in Russian`);
}
for (const { name, text } of sources) {
  if (name.startsWith("i18n/") || !name.endsWith("x")) continue;
  text.split("\n").forEach((line, index) => {
    if (/[а-яё]/i.test(line.replace(/\/\/.*$|\/\*.*\*\//g, "")) && !/"Русский"/.test(line)) problems.push(`${name}:${index + 1} a Russian text outside of the catalogue`);
  });
}

problems.push(...contrastProblems(readFileSync(join(src, "ui/tokens.css"), "utf8")));

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`checked ${sources.length} files, ${en.size} texts in both languages`);
