import { expect, test } from "vitest";
import { tone } from "../../testing/sound.ts";
import { account, dev, LONG, reply, visitor, world } from "./world.ts";
import { call, chatFrame, field, launcher, log, openChat, openSite, profile, say, useBrowser, violations, watchFaults, write } from "./page.ts";

useBrowser();

const SIZES = { 1440: { width: 1440, height: 900 }, 390: { width: 390, height: 844 } };
const COLOURS = ["#1b62cc", "#ffd400", "#0099ff"];

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    // Wide in both themes always, and a phone's once; the rest when all is tried.
    if (!LONG && size === "390" && colorScheme === "dark") continue;
    test.runIf(world.mock)(`axe finds nothing in any state: ${size}, ${colorScheme}`, async () => {
      // Difficult colours once: the themes themselves are computed and tried in colour.test.ts.
      for (const color of size === "1440" ? COLOURS : COLOURS.slice(0, 1)) await conversation({ viewport, colorScheme }, color);
      await forms({ viewport, colorScheme });
      await media({ viewport, colorScheme });
      await ends({ viewport, colorScheme });
    }, 150_000);
  }
}

async function conversation(options: Parameters<typeof profile>[0], color: string): Promise<void> {
  const site = await account({ color, greeting: "Здравствуйте." });
  const page = await openSite(await profile(options), site);
  await launcher(page).waitFor();
  expect(await violations(page), "closed").toEqual([]);
  const frame = await openChat(page);
  expect(await violations(page), "the site, open").toEqual([]);
  expect(await violations(frame), "open").toEqual([]);
  await say(frame, "Вопрос про https://shop.example.ru");
  await dev(`${site}/seen`);
  await reply(site, "Ответ", { picture: 2, spans: [{ style: "bold", offset: 0, length: 5 }], buttons: [[{ title: "Да", data: "1" }]] });
  await dev(`${site}/typing`, { name: "Анна" });
  await frame.getByText("печатает").waitFor();
  await frame.getByTestId("files").setInputFiles({ name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("a") });
  await frame.getByRole("button", { name: "Убрать файл a.pdf" }).waitFor();
  expect(await violations(frame), "conversation").toEqual([]);
  await dev(`${site}/faults`, { nack: "other" });
  await write(frame, "Не уйдёт");
  await frame.getByRole("button", { name: "Повторить" }).waitFor();
  await page.context().setOffline(true);
  await frame.getByText("Нет связи").waitFor();
  expect(await violations(frame), "failed, lost").toEqual([]);
  await page.context().close();
}

async function forms(options: Parameters<typeof profile>[0]): Promise<void> {
  const field = { name: "email", title: "", kind: "email" as const, required: true };
  const consent = { mode: "checkbox" as const, policy_url: "https://shop.example.ru/policy", version: "1" };
  for (const config of [{ prechat: { mode: "optional" as const, fields: [field] }, consent }, { office: { open: false, online: 0 }, offline: { mode: "form" as const, fields: [field] } }, { require_identity: true }]) {
    const page = await openSite(await profile(options), await account(config));
    const frame = await openChat(page);
    const go = frame.locator("form button[type=submit]");
    if (!("require_identity" in config)) await go.click();
    expect(await violations(frame), JSON.stringify(config)).toEqual([]);
    await page.context().close();
  }
  const alone = await (await profile(options)).newPage();
  await alone.goto(`${world.gateway}/webchat/${await account()}/page`);
  await alone.getByRole("heading", { level: 1 }).waitFor();
  expect(await violations(alone), "a page of its own").toEqual([]);
  await alone.context().close();
}

/** Everything that is looked at, listened to, recorded, or on its way up. */
async function media(options: Parameters<typeof profile>[0]): Promise<void> {
  const site = await account();
  const page = await openSite(await profile({ ...options, permissions: ["microphone"] }), site);
  const frame = await openChat(page);
  const fine = async (state: string): Promise<void> => expect(await violations(frame), state).toEqual([]);
  await say(frame, "Покажите и расскажите");
  for (const hue of [1, 2]) await reply(site, "", { group: "g", picture: hue });
  await dev(`${site}/reply`, { text: "", attach: { kind: "voice", name: "voice.wav", mime: "audio/wav", base64: tone(1).toString("base64"), ms: 1000 } });
  await dev(`${site}/reply`, { text: "", attach: { kind: "document", name: "счёт.pdf", mime: "application/pdf", base64: "JVBERg==" } });
  await frame.getByRole("link", { name: /^счёт\.pdf/u }).waitFor();
  await fine("album, voice, document");
  await frame.getByRole("button", { name: /^Открыть изображение/u }).first().click();
  await frame.getByRole("dialog").waitFor();
  await fine("a picture by itself");
  await frame.getByRole("button", { name: "Закрыть изображение" }).click();
  await frame.getByRole("button", { name: "Записать голосовое сообщение" }).click();
  await frame.getByText("Идёт запись").waitFor();
  await fine("recording");
  await frame.getByRole("button", { name: "Остановить запись" }).click();
  await dev(`${site}/faults`, { uploads: 415 });
  await frame.getByTestId("files").setInputFiles({ name: "a.exe", mimeType: "application/octet-stream", buffer: Buffer.from("a") });
  await frame.getByText("Такие файлы не принимаются").waitFor();
  await dev(`${site}/faults`, { slow: 300 });
  await frame.getByTestId("files").setInputFiles({ name: "b.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(2_000_000) });
  await frame.getByRole("progressbar").first().waitFor();
  await fine("files: a recording, a refused one, one on its way");
  await frame.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["a"], "c.pdf", { type: "application/pdf" }));
    document.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, cancelable: true }));
  });
  await frame.getByText("Отпустите файлы, чтобы приложить").waitFor();
  await fine("about to drop");
  await frame.getByRole("button", { name: "Закрыть чат" }).click();
  await reply(site, "Ещё здесь?");
  await expect.poll(() => launcher(page).getAttribute("aria-label")).toContain("новых: 1");
  expect(await violations(page), "an unread message").toEqual([]);
  await page.context().close();
}

/** Where it cannot go on as before. */
async function ends(options: Parameters<typeof profile>[0]): Promise<void> {
  const site = await account();
  const page = await openSite(await profile(options), site);
  await launcher(page).waitFor();
  const seconds = Math.floor(Date.now() / 1000);
  await call(page, "identify", (await dev<{ jwt: string }>("jwt", { sub: "1", name: "Анна", iat: seconds, exp: seconds + 3600 })).jwt);
  const frame = await openChat(page);
  await say(frame, "Это я");
  await dev(`${site}/lapse`);
  await frame.getByText("Вход на сайте закончился.").waitFor();
  expect(await violations(frame), "signed out").toEqual([]);
  await dev(`${site}/sites`, ["https://other.example"]);
  await dev("cut", [1012, "retry_ms=1"]);
  await frame.getByText("Чат не разрешён для этого сайта").waitFor();
  expect(await violations(frame), "a site that is not allowed any more").toEqual([]);
  await page.context().close();
}

test.runIf(world.mock)("at 320 px and with text twice as large nothing is lost", async () => {
  const site = await account({ greeting: "Здравствуйте. Подскажем с выбором." });
  const page = await openSite(await profile({ viewport: { width: 320, height: 640 } }), site);
  const frame = await openChat(page);
  await say(frame, "Длинноесловокотороенеперенести".repeat(4));
  await frame.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("html{font-size:200%}");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  await write(frame, "Ещё");
  expect(await frame.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  for (const name of ["Приложить файл", "Закрыть чат"]) {
    const box = await frame.getByRole("button", { name }).boundingBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 320, name).toBe(true);
  }
  await page.context().close();
});

test.runIf(world.mock)("targets are large enough for fingers", async () => {
  const page = await openSite(await profile({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }), await account());
  const frame = await openChat(page);
  await field(frame).fill("Текст");
  for (const button of await frame.getByRole("button").all()) {
    const box = await button.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), await button.getAttribute("aria-label") ?? "").toBeGreaterThanOrEqual(40);
  }
  await page.context().close();
});

test.runIf(world.mock)("with forced colours and without motion it is all there", async () => {
  const page = await openSite(await profile({ forcedColors: "active", reducedMotion: "reduce" }), await account());
  const frame = await openChat(page);
  await say(frame, "Видно");
  expect(await frame.locator("article .body").first().evaluate((element) => getComputedStyle(element).borderStyle)).toBe("solid");
  expect(await log(frame).getByRole("article").count()).toBe(1);
  await page.context().close();
});

test.runIf(world.mock)("the demo shop: found, walked through, asked in", async () => {
  for (const viewport of Object.values(SIZES)) {
    const page = await (await profile({ viewport })).newPage();
    watchFaults(page);
    await page.goto(`${world.site}/demo/`);
    await launcher(page).waitFor();
    expect(await violations(page), "catalogue").toEqual([]);
    await page.getByRole("link", { name: /Лампа «Маяк»/u }).click();
    await page.getByRole("heading", { level: 1, name: "Лампа «Маяк»" }).waitFor();
    expect(await violations(page), "product").toEqual([]);
    await page.getByRole("button", { name: "Спросить о товаре" }).click();
    const frame = await chatFrame(page);
    await say(frame, `Есть лампа? ${viewport.width}`);
    await frame.getByRole("button", { name: "Закрыть чат" }).click();
    await page.getByRole("link", { name: "Каталог", exact: true }).click();
    await expect.poll(async () => (await visitor(world.account))?.pages.at(-1)).toMatchObject({ url: `${world.site}/demo/#/`, title: "Демо-магазин", ref: `${world.site}/demo/#/lamp` });
    await page.context().close();
  }
});
