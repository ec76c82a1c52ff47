import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Frame, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import type { Options } from "../src/loader/chat.ts";
import { world } from "./world.ts";

let browser: Browser;

/** The browser that all files share. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject("browser"));
  });
  afterAll(async () => {
    await browser.close();
  });
}

/** The same browser for what needs contexts of its own making. */
export function theBrowser(): Browser {
  return browser;
}

const LIKE_HERE: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, locale: "ru-RU", colorScheme: "light" };
const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A new profile, in Russian. */
export async function profile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return opened(await browser.newContext({ ...LIKE_HERE, ...options }));
}

/** A profile in `folder` that blocks cookies and storage of other sites' frames, as careful visitors and whole browsers do. */
export async function strictProfile(): Promise<{ context: BrowserContext; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "okno-widget-"));
  mkdirSync(join(folder, "Default"));
  writeFileSync(join(folder, "Default/Preferences"), JSON.stringify({ profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }));
  const context = await chromium.launchPersistentContext(folder, { ...LIKE_HERE, executablePath: PROGRAM, args: ["--no-sandbox"] });
  return { context: await opened(context), folder };
}

/** The loader's root is closed; the tests look in by having the browser open it, and nothing else changes. */
async function opened(context: BrowserContext): Promise<BrowserContext> {
  context.setDefaultTimeout(30_000);
  await context.addInitScript(() => {
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      return attach.call(this, { ...init, mode: "open" });
    };
  });
  return context;
}

/** A browser whose clock is wrong by so many ms, in every page and frame. */
export async function withClock(context: BrowserContext, ahead: number): Promise<BrowserContext> {
  await context.addInitScript((ms) => {
    const True = Date;
    globalThis.Date = class extends True {
      constructor(...given: unknown[]) {
        super(...((given.length > 0 ? given : [True.now() + ms]) as [number]));
      }
      static override now(): number {
        return True.now() + ms;
      }
    } as DateConstructor;
  }, ahead);
  return context;
}

/** The site's page in a new tab. A mistake in any code and a breach of the policy fail the test. */
export async function openSite(context: BrowserContext, options: Options | string, hash = "", query = ""): Promise<Page> {
  const page = await context.newPage();
  watchFaults(page);
  const init: Options = typeof options === "string" ? { site: options } : options;
  await page.goto(`${world.site}/?${query}options=${encodeURIComponent(JSON.stringify(init))}${hash}`);
  return page;
}

export function watchFaults(page: Page): void {
  page.on("pageerror", (error) => expect.soft(error.message, "an error in the page").toBe(""));
  page.on("console", (message) => {
    if (/content security policy|trusted/i.test(message.text())) expect.soft(message.text(), "a breach of the policy").toBe("");
  });
}

export function launcher(page: Page): Locator {
  return page.getByRole("button", { name: /чат/u });
}

/** The frame as soon as it has drawn itself. */
export async function chatFrame(page: Page, timeout = 15_000): Promise<Frame> {
  await expect.poll(() => page.frames().some((frame) => frame.url().includes("/frame#")), { timeout }).toBe(true);
  const frame = page.frames().find((one) => one.url().includes("/frame#")) as Frame;
  await frame.locator("main").waitFor({ state: "attached", timeout });
  return frame;
}

/** Opens by the button, as a visitor does. */
export async function openChat(page: Page): Promise<Frame> {
  await launcher(page)
    .waitFor()
    .catch(async () => expect.fail(`no button; the site heard ${JSON.stringify(await heard(page, "error").catch(String))}`));
  await launcher(page).click();
  const frame = await chatFrame(page);
  await frame.getByRole("heading", { level: 1 }).waitFor();
  return frame;
}

export function log(frame: Frame): Locator {
  return frame.getByRole("log", { name: "Сообщения" });
}

export function field(frame: Frame): Locator {
  return frame.getByRole("textbox", { name: "Сообщение" });
}

export async function write(frame: Frame, text: string): Promise<void> {
  await field(frame).fill(text);
  await field(frame).press("Enter");
}

/** Writes, and waits until the server has it. */
export async function say(frame: Frame, text: string): Promise<void> {
  await write(frame, text);
  await bubble(frame, text).getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached" });
}

export function bubble(frame: Frame, text: string): Locator {
  return log(frame).getByRole("article").filter({ hasText: text });
}

/** What the site heard of one event. */
export async function heard(page: Page, name: string): Promise<unknown[]> {
  return page.evaluate((wanted) => (globalThis as unknown as { heard: [string, unknown][] }).heard.filter(([one]) => one === wanted).map(([, detail]) => detail), name);
}

export async function call(page: Page, ...values: unknown[]): Promise<void> {
  await page.evaluate((given) => (globalThis as unknown as { OknoChat: (...values: unknown[]) => void }).OknoChat(...given), values);
}

/** What is kept on the site's origin. */
export async function kept(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => ({ ...localStorage }));
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds in a page or frame as it is now, one line each. */
export async function violations(where: Page | Frame): Promise<string[]> {
  await where.evaluate(axe);
  return where.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> } };
    const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], iframes: false };
    const { violations: found } = await axe.run(document, options);
    return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.replaceAll("\n", " ")}`));
  });
}

/** Squeezes a page and its frames through a line of so many kB a second and so many ms there and back; nothing: as it is. */
export async function slow(page: Page, line?: { kilobytes: number; latency: number }): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const rate = line ? line.kilobytes * 1024 : -1;
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: line?.latency ?? 0, downloadThroughput: rate, uploadThroughput: rate });
}
