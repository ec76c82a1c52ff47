import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

const ROWS = 10_000;
const DRAWN_AT_MOST = 60;

useBrowser();

let server: PreviewServer | undefined;
let address = "";

// A world of its own: ten thousand of both.
beforeAll(async () => {
  if (!world.mock) return;
  Object.assign(process.env, { VITE_MOCK: "1", MOCK_ROWS: String(ROWS), MOCK_MESSAGES: String(ROWS) });
  server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
  address = (server.resolvedUrls?.local[0] ?? "").replace(/\/+$/u, "");
});
afterAll(async () => {
  delete process.env["MOCK_ROWS"];
  delete process.env["MOCK_MESSAGES"];
  await server?.close();
});

const drawn = (page: Page, what: string): Promise<number> => page.locator(what).count();
const frame = (page: Page): Promise<unknown> => page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));

test.runIf(world.mock)("ten thousand dialogs: the list draws what is seen, from the first to the last page that is loaded", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, address);
  await page.locator("li[data-id]").first().waitFor();
  const box = page.locator("ul:has(> li[data-id])").locator("..");
  for (let step = 0; step < 60; step += 1) {
    await box.evaluate((element) => element.scrollBy(0, 1_500));
    await frame(page);
    expect(await drawn(page, "li[data-id]")).toBeLessThanOrEqual(DRAWN_AT_MOST);
  }
  // More pages have come in, each row knows its place.
  const places = await page.locator("li[data-id]").evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("aria-posinset"))));
  expect(Math.max(...places)).toBeGreaterThan(200);
  // J held down walks on.
  await page.locator("li[data-id] a").nth(5).focus();
  const from = await page.evaluate(() => Number(document.activeElement?.closest("li")?.getAttribute("aria-posinset")));
  for (let step = 0; step < 50; step += 1) await page.keyboard.press("j");
  await expect.poll(() => page.evaluate(() => Number(document.activeElement?.closest("li")?.getAttribute("aria-posinset")))).toBe(from + 50);
  expect(await drawn(page, "li[data-id]")).toBeLessThanOrEqual(DRAWN_AT_MOST);
  await page.context().close();
});

test.runIf(world.mock)("ten thousand messages: the thread draws what is seen, opens around any of them, and scrolling is silent", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, address);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByRole("article").first().waitFor();
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    const node = document.querySelector("[data-testid=announcer]");
    if (node) new MutationObserver(() => heard.push(node.textContent ?? "")).observe(node, { childList: true, characterData: true, subtree: true });
  });
  // Past five hundred messages upwards.
  const first = (): Promise<string | null> => log.getByRole("article").first().getAttribute("data-message");
  const seen = new Set<string | null>();
  for (let step = 0; step < 400 && seen.size < 500; step += 1) {
    await log.evaluate((element) => element.scrollBy(0, -700));
    await frame(page);
    for (const id of await log.getByRole("article").evaluateAll((found) => found.map((article) => article.getAttribute("data-message")))) seen.add(id);
    expect(await drawn(page, "[role=log] article")).toBeLessThanOrEqual(DRAWN_AT_MOST);
  }
  expect(seen.size).toBeGreaterThanOrEqual(500);
  expect(await first()).toBeTruthy();
  expect(await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)).toEqual([]);

  // A link to a message in the middle opens there.
  await page.goto(`${page.url().split("?")[0]}?m=5000`);
  await log.getByText(/^Сообщение 4999\.|^Ответ 4999:/u).first().waitFor();
  await log.getByText(/^Сообщение 4999\.|^Ответ 4999:/u).first().evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) throw new Error(`stands at ${top}`);
  });
  await page.context().close();
});
