import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { colour, textOn } from "./colour.ts";
import { ACCENT } from "./config.ts";
import { contrast, themes } from "./tint.ts";

const STEPS = [0, 51, 102, 153, 204, 255].map((value) => value.toString(16).padStart(2, "0"));
const MANY = STEPS.flatMap((r) => STEPS.flatMap((g) => STEPS.map((b) => `#${r}${g}${b}`)));

test("only a full hexadecimal colour is one", () => {
  expect(colour("#1B62CC", "#000000")).toBe("#1B62CC");
  for (const bad of ["red", "#fff", "#1b62cc;}", "url(x)", 5, null, undefined, "#12345g"]) expect(colour(bad, "#123456")).toBe("#123456");
});

test("text on any account's colour reaches 4.5", () => {
  for (const fill of MANY) expect(contrast(fill, textOn(fill)), fill).toBeGreaterThanOrEqual(4.5);
});

test("any account's colour becomes readable in both themes, and so does what stands on its bubble", () => {
  for (const fill of MANY) {
    for (const { text, bubble, grounds, texts } of Object.values(themes(fill))) {
      for (const ground of grounds) expect(contrast(text, ground), fill).toBeGreaterThanOrEqual(4.5);
      for (const on of texts) expect(contrast(on, bubble), fill).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test("the grounds are those of tokens.css", () => {
  const css = readFileSync(new URL("../frame/ui/tokens.css", import.meta.url), "utf8");
  const [light, dark] = css.split("@media (prefers-color-scheme: dark)") as [string, string];
  const { light: day, dark: night } = themes(ACCENT);
  for (const colour of [...day.grounds.slice(0, 2), ...day.texts]) expect(light).toContain(colour);
  for (const colour of [...night.grounds.slice(0, 3), ...night.texts]) expect(dark).toContain(colour);
});
