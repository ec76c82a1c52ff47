// What the compiler cannot see: styles in attributes, HTML made of texts, literals that belong in tokens, texts that nobody shows,
// what the loader may import.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const problems = [];

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return /\.(?:tsx?|css|html)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) ? [path] : [];
  });
}

const sources = files(src).map((path) => ({ name: relative(src, path), text: readFileSync(path, "utf8") }));
const bare = (line) => line.replace(/\/\*.*?\*\/|(?<!:)\/\/.*$/g, "");

// A strict policy on the site and on the frame: nothing inline, nothing made of strings.
const FORBIDDEN = [
  [/\bstyle=|setAttribute\("style"|\.style\.|\.cssText/, "an inline style: a strict policy forbids it"],
  [/innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|createContextualFragment|srcdoc/, "HTML made of a text"],
  [/\beval\(|new Function\(|setTimeout\(["'`]/, "code made of a text"],
  [/\son\w+="/, "an inline handler"],
];
const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(/i;
for (const { name, text } of sources) {
  text.split("\n").forEach((line, index) => {
    const code = bare(line);
    for (const [pattern, why] of FORBIDDEN) if (pattern.test(code)) problems.push(`${name}:${index + 1} ${why}: ${line.trim()}`);
    if (name.startsWith("frame/ui/") && name.endsWith(".css") && name !== "frame/ui/tokens.css" && COLOUR.test(code)) problems.push(`${name}:${index + 1} a colour outside of tokens.css: ${line.trim()}`);
  });
}

// Layers: shared knows nobody, the loader knows shared, core draws nothing.
const ALLOWED = { shared: ["shared"], loader: ["loader", "shared"], demo: ["demo"], visits: ["visits", "loader", "shared"] };
for (const { name, text } of sources) {
  const [layer] = name.split("/");
  for (const [, path] of text.matchAll(/(?:from|import) "(\.[^"]+)"/g)) {
    const target = relative(src, join(src, name, "..", path));
    const bad = (ALLOWED[layer] && !ALLOWED[layer].includes(target.split("/")[0])) || (name.startsWith("frame/core/") && /^frame\/(?:ui|i18n)\//.test(target));
    if (bad) problems.push(`${name} must not import ${target}`);
  }
}

// Every text is shown somewhere, is in both languages, and has the same blanks in both.
const catalogue = (language) => new Map([...(sources.find(({ name }) => name === `frame/i18n/${language}.ts`)?.text ?? "").matchAll(/^ {2}"([^"]+)": (.+),$/gm)].map(([, key, value]) => [key, value]));
const en = catalogue("en");
const ru = catalogue("ru");
const code = sources.filter(({ name }) => !/i18n\/(?:ru|en)\.ts$/.test(name)).map(({ text }) => text).join("\n");
const templates = [...code.matchAll(/`([a-zA-Z.]+\.)\$\{/g)].map(([, start]) => start);
const blanks = (value) => [...new Set([...value.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort().join();
for (const key of ru.keys()) if (!en.has(key)) problems.push(`i18n: "${key}" is in Russian only`);
for (const [key, value] of en) {
  if (!ru.has(key)) problems.push(`i18n: "${key}" is in English only`);
  else if (blanks(value) !== blanks(ru.get(key))) problems.push(`i18n: "${key}" has other blanks in Russian`);
  if (!code.includes(`"${key}"`) && !templates.some((start) => key.startsWith(start))) problems.push(`i18n: nobody shows "${key}"`);
}
for (const { name, text } of sources) {
  if (/i18n\/|words\.ts$|demo\/|\.html$/.test(name)) continue;
  text.split("\n").forEach((line, index) => {
    if (/[а-яё]/i.test(bare(line)) && !/^\s*\*|^\s*\/\*\*/.test(line)) problems.push(`${name}:${index + 1} a Russian text outside of the catalogue: ${line.trim()}`);
  });
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`checked ${sources.length} files, ${en.size} texts in both languages`);
