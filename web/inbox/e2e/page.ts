import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { signInAs } from "./prepare.ts";
import { LONG, world } from "./world.ts";

export { CUSTOMER } from "./prepare.ts";
export { world } from "./world.ts";

let browser: Browser;

/** The browser that all files share, and a conversation to work in: the demo customer has written (`prepare.ts`). */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject("browser"));
  });
  afterAll(async () => {
    await browser.close();
  });
}

/** A new profile with one tab, in Russian. A mistake in the page's own code fails the test. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "ru-RU", colorScheme: "light", ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => expect.soft(error.message, "an error in the page").toBe(""));
  return page;
}

/** Of the Chromium that runs the tests. */
export function browserVersion(): string {
  return browser.version();
}

export async function signIn(page: Page, next = "/inbox/all", as: { login: string; password: string } = world, base: string = world.url): Promise<void> {
  await signInAs(page, as, base, next);
}

/** Goes there as a link does: nothing is loaded anew. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => history.pushState(null, "", to), path);
}

/** Presses a key as a Russian keyboard does: the letter is Cyrillic, the place is that of the Latin one. */
export async function pressRussian(page: Page, letter: string, code: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  const key = { key: letter, code, windowsVirtualKeyCode: code.charCodeAt(code.length - 1) };
  await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
  await client.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  await client.detach();
}

type Look = { name: string; viewport: { width: number; height: number }; colorScheme: "light" | "dark"; /** Everything is looked at, else what people see most. */ whole: boolean };

const desk = { width: 1440, height: 900 };
const tablet = { width: 1024, height: 768 };
const phone = { width: 390, height: 844 };

/** How the page is shown to axe: wide and in both themes always; smaller, everything when all is tried. */
export const LOOKS: readonly Look[] = [
  { name: "1440, light", viewport: desk, colorScheme: "light", whole: true },
  { name: "1440, dark", viewport: desk, colorScheme: "dark", whole: true },
  { name: "1024, light", viewport: tablet, colorScheme: "light", whole: LONG },
  { name: "390, dark", viewport: phone, colorScheme: "dark", whole: LONG },
  ...(LONG
    ? [
        { name: "1024, dark", viewport: tablet, colorScheme: "dark" as const, whole: true },
        { name: "390, light", viewport: phone, colorScheme: "light" as const, whole: true },
      ]
    : []),
];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page as it is now, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  // What is still fading in has not its colours yet.
  await page.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== "running" || effect?.getComputedTiming().iterations === Infinity));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (options: unknown) => Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> } };
    const { violations: found } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.replaceAll("\n", " ")}`));
  });
}

/** Pictures of what is open, for whoever wants to look (`OKNO_SCREENS`: the folder): wide in both looks, and narrow. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["OKNO_SCREENS"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const look of [{ width: 1440, height: 900, scheme: "light" }, { width: 1440, height: 900, scheme: "dark" }, { width: 390, height: 844, scheme: "light" }] as const) {
    await page.setViewportSize(look);
    await page.emulateMedia({ colorScheme: look.scheme });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.screenshot({ path: `${folder}/${name}-${look.width}-${look.scheme}.png` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
