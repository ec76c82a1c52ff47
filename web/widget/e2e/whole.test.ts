import { randomUUID } from "node:crypto";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { picture } from "../../testing/picture.ts";
import { operator } from "./operator.ts";
import { bubble, chatFrame, field, kept, launcher, log, openChat, profile, say, slow, useBrowser, watchFaults, write } from "./page.ts";
import { power, world } from "./world.ts";

// These run on the gateway in memory and on a running Okno alike.
useBrowser();

const ANSWER_MS = 30_000;
/** The whole of it starts anew, and browsers come back scattered. */
const BACK_MS = 60_000;

async function shop(context: BrowserContext, query = ""): Promise<Page> {
  const page = await context.newPage();
  watchFaults(page);
  await page.goto(`${world.site}/demo/${query}`);
  await launcher(page).waitFor();
  return page;
}

test("a customer of the demo shop writes, sends a picture, and is answered; the badge tells of it", async () => {
  const page = await shop(await profile());
  const frame = await openChat(page);
  const question = `Есть ли в наличии ${randomUUID()}`;
  await say(frame, question);
  const staff = await operator(question);
  await frame.getByTestId("files").setInputFiles({ name: "комната.png", mimeType: "image/png", buffer: picture(320, 240, 3) });
  await write(frame, "Вот комната");
  await bubble(frame, "Вот комната").getByRole("button", { name: "Открыть изображение комната.png" }).waitFor();
  await bubble(frame, "Вот комната").getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached" });
  await staff.seesPicture();
  const answer = `Есть ${randomUUID()}`;
  await staff.reply(answer);
  await log(frame).getByText(answer).waitFor({ timeout: ANSWER_MS });
  await page.keyboard.press("Escape");
  const more = `И ещё ${randomUUID()}`;
  await staff.reply(more);
  await expect.poll(() => launcher(page).getAttribute("aria-label"), { timeout: ANSWER_MS }).toBe("Открыть чат, новых: 1");
  await launcher(page).click();
  await log(frame).getByText(more).waitFor();
  await expect.poll(() => staff.times(question)).toBe(1);
  await staff.close();
  await page.context().close();
});

test("what was written without a network arrives once, and everything is there after a reload", async () => {
  const page = await shop(await profile());
  const frame = await openChat(page);
  const first = `До ${randomUUID()}`;
  await say(frame, first);
  await page.context().setOffline(true);
  const texts = [1, 2, 3].map((n) => `Без связи ${n} ${randomUUID()}`);
  for (const text of texts) await write(frame, text);
  await page.context().setOffline(false);
  for (const text of texts) await bubble(frame, text).getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached", timeout: ANSWER_MS });
  const staff = await operator(texts[2] ?? "");
  for (const text of [first, ...texts]) await expect.poll(() => staff.times(text), { timeout: ANSWER_MS }).toBe(1);
  await page.reload();
  const again = await openChat(page);
  for (const text of [first, ...texts]) await expect.poll(() => bubble(again, text).count(), { timeout: ANSWER_MS }).toBe(1);
  const shown = await log(again).getByRole("article").allInnerTexts();
  expect(texts.map((text) => shown.findIndex((one) => one.includes(text)))).toEqual([1, 2, 3]);
  await staff.close();
  await page.context().close();
});

test("two tabs are one conversation", async () => {
  const context = await profile();
  const one = await openChat(await shop(context));
  const first = `Из первой ${randomUUID()}`;
  await say(one, first);
  const second = await shop(context, "#/lamp");
  const two = await openChat(second);
  await log(two).getByText(first).waitFor();
  const answer = `Из второй ${randomUUID()}`;
  await say(two, answer);
  await log(one).getByText(answer).waitFor();
  const staff = await operator(answer);
  const told = `Обеим ${randomUUID()}`;
  await staff.reply(told);
  for (const frame of [one, two]) await log(frame).getByText(told).waitFor({ timeout: ANSWER_MS });
  await staff.close();
  await context.close();
});

test("where nothing lets WebSocket pass it goes by stream and posts, both ways", async () => {
  const context = await profile();
  await context.addInitScript(() => {
    Object.assign(globalThis, {
      WebSocket: class {
        constructor() {
          throw new DOMException("stopped", "SecurityError");
        }
      },
    });
  });
  const frame = await openChat(await shop(context));
  const text = `Через потоки ${randomUUID()}`;
  await say(frame, text);
  await frame.getByTestId("files").setInputFiles({ name: "план.png", mimeType: "image/png", buffer: picture(200, 100, 1) });
  await frame.getByRole("button", { name: "Убрать файл план.png" }).waitFor({ timeout: ANSWER_MS });
  const plan = `План ${randomUUID()}`;
  await write(frame, plan);
  await bubble(frame, plan).getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached", timeout: ANSWER_MS });
  const staff = await operator(plan);
  const answer = `И обратно ${randomUUID()}`;
  await staff.reply(answer);
  await log(frame).getByText(answer).waitFor({ timeout: ANSWER_MS });
  await expect.poll(() => staff.times(text)).toBe(1);
  await staff.close();
  await context.close();
});

test("a page of its own, a different visitor, and no word of the other", async () => {
  const mine = await (await profile()).newPage();
  watchFaults(mine);
  await mine.goto(`${world.gateway}/webchat/${world.account}/page`);
  await field(mine.mainFrame()).waitFor();
  expect(await log(mine.mainFrame()).getByRole("article").count()).toBe(0);
  const text = `По ссылке ${randomUUID()}`;
  await say(mine.mainFrame(), text);
  await mine.reload();
  await log(mine.mainFrame()).getByText(text).waitFor();
  await mine.context().close();
});

test("harm that a visitor writes is text on their side, and logging out leaves nothing", async () => {
  const page = await shop(await profile());
  const frame = await openChat(page);
  const text = `<img src=x onerror=alert(1)> ${randomUUID()}`;
  await say(frame, text);
  expect(await log(frame).locator("img").count()).toBe(0);
  expect(Object.keys(await kept(page)).some((key) => key.endsWith(".token"))).toBe(true);
  await page.evaluate(() => (globalThis as unknown as { OknoChat: (name: string) => void }).OknoChat("logout"));
  await expect.poll(() => log(frame).getByRole("article").count()).toBe(0);
  await expect.poll(async () => Object.keys(await kept(page)).some((key) => key.endsWith(".token"))).toBe(false);
  await page.reload();
  const again = await openChat(page);
  expect(await log(again).getByRole("article").count()).toBe(0);
  await chatFrame(page);
  await page.context().close();
});

test.runIf(world.power)("everything is ended without a word while the visitor types: no letter is lost, what is sent meanwhile arrives once, in its order", async () => {
  const page = await shop(await profile());
  const frame = await openChat(page);
  const first = `До ${randomUUID()}`;
  await say(frame, first);
  const staff = await operator(first);
  await field(frame).pressSequentially("Пишу, а ");
  await power("down");
  const rest = `вас нет ${randomUUID()}`;
  await field(frame).pressSequentially(rest);
  const typed = `Пишу, а ${rest}`;
  expect(await field(frame).inputValue()).toBe(typed);
  await field(frame).press("Enter");
  const second = `И вслед ${randomUUID()}`;
  await write(frame, second);
  await field(frame).pressSequentially("Недопи");
  await frame.getByText("Нет связи. Пишите дальше").waitFor();
  await power("up");
  await bubble(frame, second).getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached", timeout: BACK_MS });
  await field(frame).pressSequentially("санное");
  expect(await field(frame).inputValue()).toBe("Недописанное");
  for (const text of [first, typed, second]) await expect.poll(() => staff.times(text), { timeout: BACK_MS }).toBe(1);
  const answer = `Мы снова здесь ${randomUUID()}`;
  await staff.reply(answer);
  await log(frame).getByText(answer).waitFor({ timeout: BACK_MS });
  // As the server has it, after everything was loaded anew.
  await page.reload();
  const again = await openChat(page);
  await log(again).getByText(answer).waitFor({ timeout: BACK_MS });
  const shown = await log(again).getByRole("article").allInnerTexts();
  expect([first, typed, second, answer].map((text) => shown.findIndex((one) => one.includes(text)))).toEqual([0, 1, 2, 3]);
  expect(await field(again).inputValue()).toBe("Недописанное");
  await staff.close();
  await page.context().close();
}, 180_000);

test("over a slow line what is written and attached arrives once, and so does the answer", async () => {
  const page = await shop(await profile());
  await slow(page, { kilobytes: 40, latency: 700 });
  const frame = await openChat(page);
  const text = `Медленно ${randomUUID()}`;
  await write(frame, text);
  const plan = `План ${randomUUID()}`;
  await frame.getByTestId("files").setInputFiles({ name: "план.png", mimeType: "image/png", buffer: Buffer.concat([picture(200, 100, 1), Buffer.alloc(80_000)]) });
  await frame.getByRole("progressbar", { name: "Загрузка файла план.png" }).waitFor();
  await write(frame, plan);
  await bubble(frame, plan).getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached", timeout: BACK_MS });
  // The list of the inbox shows the last word.
  const staff = await operator(plan);
  for (const one of [text, plan]) await expect.poll(() => staff.times(one), { timeout: ANSWER_MS }).toBe(1);
  const answer = `И обратно ${randomUUID()}`;
  await staff.reply(answer);
  await log(frame).getByText(answer).waitFor({ timeout: ANSWER_MS });
  await slow(page);
  await staff.close();
  await page.context().close();
}, 120_000);
