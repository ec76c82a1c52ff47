import type { Page } from "playwright-core";
import { preview, type PreviewServer } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { look } from "../../testing/look.ts";
import { browserVersion, openPage, signIn, useBrowser, world } from "./page.ts";

// The main screens as they were last looked at. The data, the clock, the fonts and the browser's name are fixed; what is
// drawn otherwise is a change that somebody made. `npm run pictures` takes them anew, and they are looked at before they
// are committed.

useBrowser();

const NOW = new Date("2026-11-23T11:40:00Z");
const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
const GALLERY = {
  kept: new URL("pictures/", import.meta.url),
  made: new URL("../test-results/pictures/", import.meta.url),
  renew: process.env["OKNO_PICTURES"] === "renew",
  version: browserVersion,
};

let server: PreviewServer | undefined;
let base = "";

// A world of its own, whose clock stands: it runs in this process.
beforeAll(async () => {
  if (!world.mock) return;
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  Object.assign(process.env, { VITE_MOCK: "1", MOCK_ROWS: "6", MOCK_MESSAGES: "12", MOCK_STAFF: "12" });
  server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
  base = (server.resolvedUrls?.local[0] ?? "").replace(/\/+$/u, "");
});
afterAll(async () => {
  await server?.close();
  vi.useRealTimers();
});

type Screen = { path: string; ready: (page: Page) => Promise<unknown> };

const SCREENS: Record<string, Screen> = {
  inbox: {
    path: "/inbox/all",
    ready: async (page) => {
      const row = page.getByRole("listitem", { name: /^Покупатель 1, Telegram/u });
      await row.waitFor();
      // Where most kinds of messages stand side by side.
      await page.goto(`${base}/inbox/all/${await row.getAttribute("data-id")}?m=24`);
      await page.getByRole("log").getByText("Склад ответит до 15:00").waitFor();
      await page.getByRole("log").getByRole("button", { name: "Слушать" }).waitFor();
      if ((page.viewportSize()?.width ?? 0) > 1_000) await page.getByRole("complementary", { name: "Клиент" }).getByText("Прежние обращения").waitFor();
    },
  },
  channels: { path: "/settings/channels", ready: (page) => page.getByRole("listitem").filter({ hasText: "Бот поддержки" }).waitFor() },
  employees: { path: "/settings/employees", ready: (page) => page.getByRole("row").filter({ hasText: "Оператор 2" }).waitFor() },
  profile: { path: "/settings/profile", ready: (page) => page.getByRole("region", { name: "Сеансы" }).getByText("этот").waitFor() },
};

const SIZES = { 1440: { width: 1440, height: 900 }, 390: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.runIf(world.mock)(`the main screens look as they did: ${size}, ${colorScheme}`, async () => {
      const page = await openPage({ viewport, colorScheme, timezoneId: "Europe/Moscow", userAgent: AGENT });
      await page.clock.setFixedTime(NOW);
      await signIn(page, "/settings/profile", world, base);
      const changed: string[] = [];
      for (const [name, { path, ready }] of Object.entries(SCREENS)) {
        await page.goto(`${base}${path}`);
        await ready(page);
        await settled(page);
        const shot = `${name}-${size}-${colorScheme}`;
        changed.push(...(await look(GALLERY, page, shot)));
        if (size === "1440" && colorScheme === "light") await expect(await heard(page)).toMatchFileSnapshot(`roles/${name}.yml`);
      }
      expect(changed, "if it is meant: npm run pictures, look at them, commit them").toEqual([]);
      await page.context().close();
    }, 120_000);
  }
}

/** Fonts and pictures are there, and nothing that comes late is still to come. */
async function settled(page: Page): Promise<void> {
  // What the rail shows last: that an account is in trouble.
  await page.locator('nav[aria-label="Рабочие места"] a[href="/settings/channels"]').waitFor({ state: "attached" });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => [...document.images].every(({ complete, loading }) => complete || loading === "lazy"));
  await page.waitForFunction(() => !document.querySelector("[class*=skeleton]"));
  await expect.poll(() => page.getByText("Связь есть").count()).toBe(0);
}

/** What a screen reader finds, role by role and name by name; ids are made anew for each world. */
async function heard(page: Page): Promise<string> {
  return (await page.locator("body").ariaSnapshot()).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, "id");
}
