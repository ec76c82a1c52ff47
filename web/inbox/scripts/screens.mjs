// Screenshots of every screen on the built page with the services in memory, for looking at.
// usage: VITE_MOCK=1 node scripts/screens.mjs [part of a name] (needs a build)
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { inboxScenes } from "./screens-inbox.mjs";
import { settingsScenes } from "./screens-settings.mjs";

const wanted = process.argv[2] ?? "";
const out = new URL("../test-results/screens/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });
process.env.VITE_MOCK = "1";
process.env.MOCK_STAFF ??= "230";
const server = await preview({ build: { outDir: process.env.OKNO_DIST ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
const base = server.resolvedUrls.local[0].replace(/\/$/, "");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

const SIZES = { 1440: [1440, 900], 1024: [1024, 768], 390: [390, 844] };

async function open(size, scheme, language = "ru") {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language === "ru" ? "ru-RU" : "en-GB", hasTouch: size === "390", isMobile: size === "390", deviceScaleFactor: size === "390" ? 2 : 1 });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log(`  page error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && console.log(`  console: ${message.text().slice(0, 300)}`));
  return page;
}

async function signIn(page, login = "operator1") {
  await page.goto(`${base}/sign-in`);
  await page.locator("[name=login]").fill(login);
  await page.locator("[name=password]").fill("demo-password");
  await page.locator("button[type=submit]").click();
  if (login !== "totp1") await page.waitForURL(/inbox/);
}

const scenes = {
  "sign-in": async (page) => void (await page.goto(`${base}/sign-in`)),
  "sign-in-wrong": async (page) => {
    await page.goto(`${base}/sign-in`);
    await page.locator("[name=login]").fill("operator1");
    await page.locator("[name=password]").fill("wrong-password");
    await page.locator("button[type=submit]").click();
    await page.waitForTimeout(300);
  },
  totp: async (page) => {
    await signIn(page, "totp1");
    await page.locator("[name=code]").fill("123");
  },
  "inbox-empty-pane": async (page) => {
    await signIn(page);
    await page.goto(`${base}/inbox/all`);
    await page.waitForSelector("li[data-id]");
  },
  thread: async (page) => {
    await signIn(page);
    await page.goto(`${base}/inbox/all`);
    await page.locator('li[aria-label^="Покупатель 1, Telegram"] a').click();
    await page.waitForSelector("[data-message]");
  },
  "thread-up": async (page) => {
    await scenes.thread(page);
    for (let n = 0; n < 2; n += 1) {
      await page.locator("[role=log]").evaluate((log) => log.scrollBy(0, -480));
      await page.waitForTimeout(200);
    }
  },
  menu: async (page) => {
    await scenes.thread(page);
    await page.locator("main header button[aria-haspopup]").click();
    await page.waitForSelector("[role=menu]");
  },
  note: async (page) => {
    await scenes.thread(page);
    await page.locator("section[data-pane] button[aria-pressed]").nth(1).click();
    await page.locator("#composer").fill("Проверьте склад, @Опер");
    await page.waitForTimeout(200);
  },
  undo: async (page) => {
    await scenes.thread(page);
    await page.locator("#composer").fill("Добрый день! Отправляем сегодня.");
    await page.keyboard.press("Control+Enter");
    await page.waitForTimeout(400);
  },
  transfer: async (page) => {
    await scenes.thread(page);
    await page.locator("[role=log]").focus();
    await page.keyboard.press("a");
    await page.waitForSelector("dialog[open]");
  },
  keys: async (page) => {
    await signIn(page);
    await page.goto(`${base}/inbox/all`);
    await page.waitForSelector("li[data-id]");
    await page.keyboard.press("Shift+Slash");
    await page.waitForSelector("dialog[open]");
  },
  unassigned: async (page) => {
    await signIn(page);
    await page.goto(`${base}/inbox/unassigned`);
    await page.locator("li[data-id] a").nth(1).click();
    await page.waitForSelector("[data-message]");
  },
  channels: async (page) => {
    await signIn(page);
    await page.goto(`${base}/settings/channels`);
    await page.waitForSelector("ul li a");
  },
  connect: async (page) => {
    await signIn(page);
    await page.goto(`${base}/settings/channels/new/telegram`);
    await page.locator("form button[type=submit]").click();
    await page.locator("form input").first().fill("1234567890:AAFxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
    await page.waitForTimeout(1200);
  },
  account: async (page) => {
    await scenes.channels(page);
    await page.locator("ul li a").nth(1).click();
    await page.waitForSelector("form, fieldset");
  },
  profile: async (page) => {
    await signIn(page);
    await page.goto(`${base}/settings/profile`);
    await page.waitForSelector("select");
  },
};

Object.assign(scenes, settingsScenes(base, signIn), inboxScenes(base, signIn, scenes.thread));

let failed = 0;
for (const [name, scene] of Object.entries(scenes)) {
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      const shot = `${name}-${size}-${scheme}`;
      if (!shot.includes(wanted)) continue;
      const page = await open(size, scheme);
      try {
        await scene(page);
        await page.evaluate(() => document.fonts.ready);
        await page.waitForTimeout(350);
      } catch (error) {
        failed += 1;
        console.log(`  ${shot}: ${error.message.split("\n")[0]}`);
      }
      await page.screenshot({ path: `${out}${shot}.png` });
      console.log(shot);
      await page.context().close();
    }
  }
}
await browser.close();
await server.close();
if (failed > 0) console.log(`${failed} scenes failed`);
process.exit(failed > 0 ? 1 : 0);
