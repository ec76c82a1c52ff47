import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { write } from "./customer.ts";
import { world } from "./world.ts";

export { world } from "./world.ts";

/** How the demo customer's row is called. */
export const CUSTOMER = /^Покупатель 1, Telegram/u;

let browser: Browser;

/** A browser for the tests of a file, and a conversation to work in: the demo customer has written. */
export function useBrowser({ args = [] }: { args?: string[] } = {}): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox", ...args] });
    const page = await openPage();
    await signIn(page);
    await connectDemo(page);
    await write("Здравствуйте");
    await page.goto(`${world.url}/inbox/all`);
    await page.getByRole("listitem", { name: CUSTOMER }).waitFor();
    await page.context().close();
  });
  afterAll(async () => {
    await browser.close();
  });
}

/** A new profile with one tab, in Russian. A mistake in the page's own code fails the test. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "ru-RU", colorScheme: "light", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => expect.soft(error.message, "an error in the page").toBe(""));
  return page;
}

/** Of the Chromium that runs the tests. */
export function browserVersion(): string {
  return browser.version();
}

export async function signIn(page: Page, next = "/inbox/all", as: { login: string; password: string } = world, base: string = world.url): Promise<void> {
  await page.goto(`${base}/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole("textbox", { name: "Логин" }).fill(as.login);
  await page.getByRole("textbox", { name: "Пароль" }).fill(as.password);
  await page.getByRole("button", { name: "Войти" }).click();
  await page.waitForURL((url) => url.pathname.startsWith(next));
}

/** Connects the built-in demo provider, unless that is done already. */
async function connectDemo(page: Page): Promise<void> {
  await page.goto(`${world.url}/settings/channels`);
  const connect = page.getByRole("button", { name: "Подключить демо-Telegram" });
  const connected = page.getByRole("link", { name: "Написать за клиента" });
  await connect.or(connected).first().waitFor();
  if (await connect.isVisible()) await connect.click();
  await connected.waitFor();
}

/** Presses a key as a Russian keyboard does: the letter is Cyrillic, the place is that of the Latin one. */
export async function pressRussian(page: Page, letter: string, code: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  const key = { key: letter, code, windowsVirtualKeyCode: code.charCodeAt(code.length - 1) };
  await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
  await client.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  await client.detach();
}

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
