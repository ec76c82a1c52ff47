// How the page bears ten thousand dialogs and messages, on the built page with the services in memory. Figures, no verdict:
// they depend on the machine; CPU=4 slows the browser down four times.
import { chromium } from "playwright-core";
import { preview } from "vite";

Object.assign(process.env, { VITE_MOCK: "1", MOCK_ROWS: process.env.MOCK_ROWS ?? "10000", MOCK_MESSAGES: process.env.MOCK_MESSAGES ?? "10000" });
const server = await preview({ build: { outDir: process.env.OKNO_DIST ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
const base = server.resolvedUrls.local[0].replace(/\/$/, "");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "ru-RU" });
const slow = Number(process.env.CPU ?? 1);
if (slow > 1) await (await page.context().newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slow });

await page.goto(`${base}/sign-in?next=/inbox/all`);
await page.locator("[name=login]").fill("operator1");
await page.locator("[name=password]").fill("demo-password");
await page.locator("button[type=submit]").click();
await page.waitForSelector("li[data-id]");

/** Scrolls by `step` each frame and tells how long the frames took. */
const frames = (selector, step, count) =>
  page.evaluate(
    async ({ selector, step, count }) => {
      let box = document.querySelector(selector);
      while (box && getComputedStyle(box).overflowY !== "auto") box = box.parentElement;
      const took = [];
      let before = await new Promise(requestAnimationFrame);
      for (let n = 0; n < count; n += 1) {
        box.scrollBy(0, step);
        const now = await new Promise(requestAnimationFrame);
        took.push(now - before);
        before = now;
      }
      took.sort((a, b) => a - b);
      const at = (part) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * part))] * 10) / 10;
      return { median: at(0.5), p95: at(0.95), worst: at(1), drawn: document.querySelectorAll(selector).length };
    },
    { selector, step, count },
  );
const say = (what, figures) => console.log(what.padEnd(36), JSON.stringify(figures));

say("list, 300 frames of 120 px, ms", await frames("li[data-id]", 120, 300));
const switches = [];
for (let n = 0; n < 20; n += 1) {
  await page.keyboard.press("j");
  await page.waitForTimeout(150); // what is hovered or focused is fetched ahead, as for a person
  const began = performance.now();
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=log] article");
  switches.push(performance.now() - began);
}
switches.sort((a, b) => a - b);
say("switch to another dialog, ms", { median: Math.round(switches[10]), worst: Math.round(switches[19]) });
await page.goto(`${base}/inbox/all`);
await page.waitForSelector("li[data-id]");
await page.getByRole("listitem", { name: /^Покупатель 1, Telegram/ }).getByRole("link").click();
await page.waitForSelector("[role=log] article");
await page.waitForTimeout(500);
say("thread, 300 frames of −120 px, ms", await frames("[role=log] article", -120, 300));
await browser.close();
await server.close();
process.exit(0);
