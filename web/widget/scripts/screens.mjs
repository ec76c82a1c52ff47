// Screenshots of every state on the built widget with the gateway in memory, for looking at.
// usage: node scripts/screens.mjs [part of a name] (needs a build)
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv[2] ?? "";
const out = `${root}test-results/screens/`;
mkdirSync(out, { recursive: true });
const { module } = await runnerImport(`${root}dev/start.ts`, { root, configFile: false });
const running = await module.start(`${root}dist`, { gateway: 0, site: 0 });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
});

const SIZES = { 1440: [1440, 900], 390: [390, 844] };
const call = async (path, body) => (await fetch(`${running.gateway}/dev/${path}`, { method: "POST", body: JSON.stringify(body ?? {}) })).json();
const account = async (config) => (await call("accounts", { title: "Магазин «Ромашка»", greeting: "Здравствуйте. Подскажем с выбором и доставкой.", ...config })).account;
const OFFICE = { open: true, online: 2, reply_seconds: 290 };

async function host(page, config = {}, options = {}) {
  const site = await account(config);
  await page.goto(`${running.site}/?options=${encodeURIComponent(JSON.stringify({ site, ...options }))}`);
  await page.waitForFunction(() => document.querySelector("okno-chat"));
  return site;
}

async function open(page, config, options) {
  const site = await host(page, config, options);
  await page.evaluate(() => OknoChat("open"));
  await page.waitForFunction(() => heard.some(([name]) => name === "ready"));
  const frame = page.frames().find((one) => one.url().includes("/frame"));
  await frame.waitForSelector("main");
  return { site, frame };
}

async function conversation(page, config) {
  const { site, frame } = await open(page, config);
  const write = async (text) => {
    await frame.locator("#message").fill(text);
    await frame.locator("#message").press("Enter");
    await frame.locator(".fate.sent").last().waitFor();
  };
  await write("Здравствуйте! Где мой заказ 1043?");
  await call(`${site}/reply`, { text: "Добрый день! Проверяю. Подробности доставки: https://shop.example.ru/delivery/1043", spans: [{ style: "bold", offset: 0, length: 12 }] });
  await call(`${site}/reply`, { text: "Посылка уже в пункте выдачи, вот он на фотографии.", picture: 3 });
  await call(`${site}/reply`, { text: "", group: "a", picture: 1 });
  await call(`${site}/reply`, { text: "", group: "a", picture: 5 });
  await write("Спасибо, заберу сегодня после шести");
  await call(`${site}/seen`);
  await call(`${site}/reply`, { text: "Удобно забрать или привезти курьером?", buttons: [[{ title: "Заберу", data: "pick" }, { title: "Курьером", data: "bring" }, { title: "Правила", url: "https://shop.example.ru/rules" }]] });
  await call(`${site}/typing`, { name: "Анна" });
  await frame.getByText("печатает").or(frame.getByText("is typing")).first().waitFor();
  await page.waitForTimeout(300);
  return { site, frame };
}

const PRECHAT = { mode: "required", fields: [{ name: "name", kind: "text", required: true }, { name: "phone", kind: "phone", required: false }, { name: "topic", kind: "select", required: true, options: [{ value: "order", title: "Заказ" }] }] };
const CONSENT = { mode: "checkbox", policy_url: "https://shop.example.ru/policy", version: "1" };

const scenes = {
  closed: (page) => host(page),
  visits: async (page) => {
    await host(page, { visits: "on", visits_ask: true, storage_consent: true, consent: CONSENT });
    await page.waitForFunction(() => document.querySelector("okno-consent"));
  },
  unread: async (page) => {
    const { site, frame } = await open(page, { office: OFFICE });
    await frame.locator("#message").fill("Есть синий?");
    await frame.locator("#message").press("Enter");
    await frame.locator(".fate.sent").waitFor();
    await page.evaluate(() => OknoChat("close"));
    await call(`${site}/reply`, { text: "Есть" });
    await call(`${site}/reply`, { text: "И зелёный" });
    await page.waitForFunction(() => heard.some(([name, n]) => name === "unread" && n === 2));
  },
  open: (page) => open(page, { office: OFFICE }),
  conversation: (page) => conversation(page, { office: OFFICE, color: "#0e7480" }),
  "yellow-account": (page) => conversation(page, { office: OFFICE, color: "#ffd400" }),
  form: async (page) => {
    const { frame } = await open(page, { office: OFFICE, prechat: PRECHAT, consent: CONSENT });
    await frame.locator("form .primary").click();
  },
  consent: async (page) => {
    const { frame } = await open(page, { office: OFFICE, consent: CONSENT });
    await frame.locator("#message").fill("Здравствуйте");
    await frame.locator("#message").press("Enter");
  },
  offline: (page) => open(page, { office: { open: false, online: 0, opens_at: Date.now() + 40 * 3_600_000 }, offline: { mode: "form", fields: [{ name: "email", kind: "email", required: true }, { name: "phone", kind: "phone", required: false }] } }),
  failed: async (page) => {
    const { site, frame } = await conversation(page, { office: OFFICE });
    await call(`${site}/faults`, { nack: "too_large" });
    await frame.locator("#message").fill("Это сообщение сервер не примет");
    await frame.locator("#message").press("Enter");
    await frame.locator(".failure").waitFor();
  },
  lost: async (page) => {
    const { frame } = await conversation(page, { office: OFFICE });
    await page.context().setOffline(true);
    await frame.locator("#message").fill("Пишу без связи");
    await frame.locator("#message").press("Enter");
    await frame.locator(".line p").waitFor();
  },
  trouble: (page) => open(page, { office: OFFICE, require_identity: true }),
  files: async (page) => {
    const { site, frame } = await open(page, { office: OFFICE });
    await call(`${site}/faults`, { slow: 400 });
    const { picture } = (await runnerImport(`${root}../testing/picture.ts`, { root, configFile: false })).module;
    await frame.locator("[data-testid=files]").setInputFiles([{ name: "комната.png", mimeType: "image/png", buffer: picture(900, 700, 4) }, { name: "Договор поставки № 118 от 23.11.2026 подписанный.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(600_000) }]);
    await frame.locator("progress").first().waitFor();
    await frame.locator("#message").fill("Вот так\nвыглядит комната,\nподойдёт ли плед?");
  },
  lapsed: async (page) => {
    const site = await host(page, { office: OFFICE });
    const seconds = Math.floor(Date.now() / 1000);
    const { jwt } = await call("jwt", { sub: "1", name: "Вера", iat: seconds, exp: seconds + 3600 });
    await page.evaluate((given) => (OknoChat("identify", given), OknoChat("open")), jwt);
    await page.waitForFunction(() => heard.some(([name]) => name === "identified"));
    const frame = page.frames().find((one) => one.url().includes("/frame"));
    await frame.locator("#message").fill("Где мой заказ?");
    await frame.locator("#message").press("Enter");
    await frame.locator(".fate.sent").waitFor();
    await call(`${site}/faults`, { uploads: 401 });
    await frame.locator("[data-testid=files]").setInputFiles([{ name: "договор.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(3000) }]);
    await frame.locator("li.refused").waitFor();
    await call(`${site}/faults`, {});
    await page.waitForTimeout(1000);
    await call(`${site}/lapse`);
    await frame.locator(".note").waitFor();
    await frame.locator("#message").fill("Это снова я");
    await frame.locator("#message").press("Enter");
  },
  recording: async (page) => {
    const { frame } = await open(page, { office: OFFICE });
    await frame.locator(".row .icon-button").last().click();
    await frame.locator(".recording").waitFor();
  },
  page: (page) => account({ office: OFFICE }).then((id) => page.goto(`${running.gateway}/webchat/${id}/page`)).then(() => page.waitForSelector("main")),
  demo: async (page) => {
    await page.goto(`${running.site}/demo/`);
    await page.waitForFunction(() => document.querySelector("okno-chat"));
  },
  "demo-product": async (page) => {
    await page.goto(`${running.site}/demo/#/lamp`);
    await page.waitForFunction(() => document.querySelector("okno-chat"));
    await page.evaluate(() => OknoChat("open"));
    await page.waitForTimeout(500);
  },
};

for (const [name, scene] of Object.entries(scenes)) {
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      for (const language of ["ru", "en"]) {
        const shot = `${name}-${size}-${scheme}-${language}`;
        if (!shot.includes(wanted)) continue;
        const [width, height] = SIZES[size];
        const phone = size === "390";
        const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language === "ru" ? "ru-RU" : "en-GB", hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 });
        const page = await context.newPage();
        page.setDefaultTimeout(10_000);
        page.on("pageerror", (error) => console.log(`  page error: ${error.message}`));
        page.on("console", (message) => message.type() === "error" && console.log(`  console: ${message.text().slice(0, 300)}`));
        try {
          await scene(page);
          await page.waitForTimeout(350);
        } catch (error) {
          console.log(`  ${shot}: ${error.message.split("\n")[0]}`);
        }
        await page.screenshot({ path: `${out}${shot}.png` });
        console.log(shot);
        await context.close();
      }
    }
  }
}
await browser.close();
await running.close();
process.exit(0);
