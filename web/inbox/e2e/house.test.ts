import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { melody } from "../../testing/sound.ts";
import { Bot } from "./bot.ts";
import { openPage, signIn, useBrowser, world } from "./page.ts";
import { addEmployee, open } from "./settings.ts";
import { codeOf } from "./totp.ts";

// What only the whole house can show, in one go: two bots of our own, their gateway, router, edge and the page.

useBrowser();

const unique = (): string => randomUUID().slice(0, 8);
const [SALES, SUPPORT] = [`Продажи ${unique()}`, `Поддержка ${unique()}`];
/** DI-4 names it. */
const SEEN_WITHIN_MS = 2_000;
/** For what waits for a gateway on a busy machine. */
const SLOW_MS = 45_000;

let sales: Bot;
let support: Bot;

beforeAll(async () => {
  if (world.mock) return;
  [sales, support] = await Promise.all([Bot.start(1, "Анна"), Bot.start(2, "Анна")]);
  const page = await openPage();
  await signIn(page);
  await connect(page, SALES, sales);
  await connect(page, SUPPORT, support);
  await page.context().close();
}, 4 * SLOW_MS);

afterAll(async () => {
  if (world.mock) return;
  const page = await openPage();
  await signIn(page);
  for (const name of [SALES, SUPPORT]) await disconnect(page, name);
  await page.context().close();
  await Promise.all([sales.stop(), support.stop()]);
});

/** The guided way, up to the first real message. */
async function connect(page: Page, name: string, bot: Bot): Promise<void> {
  await page.goto(`${world.url}/settings/channels/new/telegram`);
  await page.getByRole("textbox", { name: "Название учётной записи" }).fill(name);
  await page.keyboard.press("Enter");
  // The address first: with the token the check begins.
  await page.getByText("Дополнительно").click();
  await page.getByLabel("Адрес API").fill(bot.url);
  await page.getByLabel("Как получать сообщения").selectOption({ label: "Опрос" });
  await page.getByLabel("Токен бота").fill(bot.token);
  await page.getByText(`Найдено: @${bot.username}`).waitFor();
  await page.getByRole("button", { name: "Подключить", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.has("account"), { timeout: SLOW_MS });
  bot.write(`Первое сообщение: ${name}`);
  await page.getByRole("status").filter({ hasText: /^Первое сообщение получено/u }).waitFor({ timeout: SLOW_MS });
}

async function disconnect(page: Page, name: string): Promise<void> {
  await open(page, "channels", "Каналы");
  await page.getByRole("link", { name }).click();
  await page.getByRole("textbox", { name: `Для подтверждения введите название: ${name}` }).fill(name);
  await page.getByRole("button", { name: "Отключить учётную запись" }).click();
  await page.getByText("Учётная запись отключена.").waitFor();
}

const row = (page: Page, account: string) => page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem", { name: `Анна, Telegram, ${account}` });
const log = (page: Page) => page.getByRole("log", { name: "Диалог" });
const bubble = (page: Page, text: string) => log(page).getByRole("article").filter({ hasText: text });

/** Opens Анна's dialog in that account, as the one whose it is. */
async function openDialog(page: Page, account: string): Promise<void> {
  await row(page, account).press("Enter");
  await page.getByText(`через: ${account}`).waitFor();
  await log(page).getByRole("article").first().waitFor();
  const take = page.getByRole("button", { name: "Взять", exact: true }).first();
  await take.or(page.getByRole("button", { name: "Завершить" })).first().waitFor();
  if (await take.isVisible()) await take.click();
  await page.getByRole("button", { name: "Завершить" }).waitFor();
}

async function reply(page: Page, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Сообщение" });
  await field.fill(text);
  await page.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
  await field.press("Control+Enter");
}

const came = (bot: Bot, text: string): number => bot.sent.filter((one) => one.text === text).length;

// acceptance: DI-2
test.skipIf(world.mock)("two bots of one channel stand side by side: the same person has a dialog in each, and answers go back the way the question came", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  const [question, other] = [`В продажи ${unique()}`, `В поддержку ${unique()}`];
  sales.write(question);
  support.write(other);
  await row(page, SALES).filter({ hasText: question }).waitFor();
  await row(page, SUPPORT).filter({ hasText: other }).waitFor();
  for (const [account, bot, theirs, not] of [[SALES, sales, question, other], [SUPPORT, support, other, question]] as const) {
    await openDialog(page, account);
    await bubble(page, theirs).waitFor();
    expect(await bubble(page, not).count()).toBe(0);
    const answer = `Ответ: ${theirs}`;
    await reply(page, answer);
    await expect.poll(() => came(bot, answer), { timeout: 30_000 }).toBe(1);
  }
  expect(came(support, `Ответ: ${question}`) + came(sales, `Ответ: ${other}`)).toBe(0);
  await page.context().close();
});

// acceptance: DI-4
test.skipIf(world.mock)("whoever has the dialog sees a message within two seconds of the gateway having it, without reloading", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await openDialog(page, SALES);
  let loads = 0;
  page.on("load", () => (loads += 1));
  await page.evaluate(() => {
    const seenAt: Record<string, number> = {};
    Object.assign(globalThis, { seenAt });
    new MutationObserver(() => {
      for (const { textContent } of document.querySelectorAll("[role=log] article")) {
        const text = /Срочно [0-9a-f]{8}/u.exec(textContent ?? "")?.[0];
        if (text) seenAt[text] ??= Date.now();
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const took: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const text = `Срочно ${unique()}`;
    sales.write(text);
    await bubble(page, text).waitFor();
    // Both stamps are of this machine's clock.
    const seen = await page.evaluate((name) => (globalThis as unknown as { seenAt: Record<string, number> }).seenAt[name] ?? Infinity, text);
    took.push(seen - (sales.givenAt.get(text) ?? 0));
  }
  expect(Math.max(...took), `${took.join(", ")} ms`).toBeLessThanOrEqual(SEEN_WITHIN_MS);
  expect(loads).toBe(0);
  await page.context().close();
});

// acceptance: DI-11
test.skipIf(world.mock)("an answer shows how far it got; one that failed says why and is sent again", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await openDialog(page, SUPPORT);
  const fine = `Дойдёт ${unique()}`;
  await reply(page, fine);
  await bubble(page, fine).getByRole("img", { name: "В очереди" }).waitFor();
  await bubble(page, fine).getByRole("img", { name: "Отправлено" }).waitFor({ timeout: 30_000 });

  support.blocked = true;
  const text = `Не дойдёт ${unique()}`;
  await reply(page, text);
  const failed = bubble(page, text).first();
  await failed.getByText("Не отправлено: клиент заблокировал учётную запись").waitFor({ timeout: 30_000 });
  await failed.getByRole("button", { name: "Подробности" }).click();
  await failed.getByText("Forbidden: bot was blocked by the user").waitFor();
  expect(came(support, text)).toBe(0);

  support.blocked = false;
  // The customer is back, so the field is free again.
  support.write(`Вернулся ${unique()}`);
  await failed.getByRole("button", { name: "Отправить ещё раз" }).click();
  await failed.getByText("Отправлено ещё раз").waitFor();
  await expect.poll(() => came(support, text), { timeout: 30_000 }).toBe(1);
  await bubble(page, text).last().getByRole("img", { name: "Отправлено" }).waitFor({ timeout: 30_000 });
  await page.context().close();
});

// acceptance: DI-6
test.skipIf(world.mock)("voice and documents go both ways", async () => {
  const page = await openPage({ permissions: ["microphone"] });
  await signIn(page, "/inbox/all");
  await openDialog(page, SALES);
  sales.sendVoice(melody(3), 3);
  const theirs = log(page).getByRole("group", { name: "Голосовое, 0:03" }).last();
  await theirs.getByRole("button", { name: "Слушать" }).click();
  const name = `счёт ${unique()}.pdf`;
  const bytes = Buffer.from(`%PDF-1.4 ${randomUUID()}`);
  sales.sendDocument(name, bytes);
  const link = log(page).getByRole("link", { name: `Скачать ${name}` });
  await link.waitFor({ timeout: 30_000 });
  const got = await page.request.get(new URL((await link.getAttribute("href")) ?? "", page.url()).href);
  expect(Buffer.compare(await got.body(), bytes)).toBe(0);

  const own = `акт ${unique()}.pdf`;
  await page.getByTestId("files").setInputFiles({ name: own, mimeType: "application/pdf", buffer: bytes });
  await page.getByRole("list", { name: "Файлы к отправке" }).getByText(own).waitFor();
  await reply(page, `Вот акт ${own}`);
  await expect.poll(() => sales.sent.find((one) => one.file?.name === own)?.file?.bytes.toString(), { timeout: 30_000 }).toBe(bytes.toString());

  await page.getByRole("button", { name: "Записать голосовое" }).click();
  const recorder = page.getByRole("group", { name: "Записать голосовое" });
  await recorder.getByText("0:01").waitFor();
  await recorder.getByRole("button", { name: "Остановить запись" }).click();
  await recorder.getByRole("button", { name: "Отправить" }).click();
  await expect.poll(() => sales.sent.find(({ method }) => method === "sendvoice")?.file?.bytes.subarray(0, 4).toString("latin1"), { timeout: 30_000 }).toBe("OggS");
  await log(page).getByRole("group", { name: /^Голосовое, 0:0[12]/u }).last().waitFor();
  await page.context().close();
});

// acceptance: XC-9
test.skipIf(world.mock)("an account tells at once that its token was taken back, what helps, and that it works again", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "channels", "Каналы");
  const account = page.getByRole("listitem").filter({ hasText: SUPPORT });
  await account.getByText("Подключён", { exact: true }).waitFor();
  await account.getByText(/событие .* назад/u).waitFor();
  support.revoked = true;
  await account.getByText("Отключён", { exact: true }).waitFor({ timeout: 30_000 });
  await account.getByText(/Unauthorized\. .*@BotFather/u).waitFor();
  support.revoked = false;
  await account.getByRole("link", { name: SUPPORT }).click();
  await page.getByRole("button", { name: "Приостановить" }).click();
  await page.getByRole("button", { name: "Возобновить" }).click();
  await page.getByText("Подключён", { exact: true }).waitFor({ timeout: 30_000 });
  const text = `Снова на связи ${unique()}`;
  support.write(text);
  await page.goto(`${world.url}/inbox/all`);
  await row(page, SUPPORT).filter({ hasText: text }).waitFor({ timeout: 30_000 });
  await page.context().close();
});

test.skipIf(world.mock)("several dialogs are taken and finished at once, and Z has them back", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  for (const bot of [sales, support]) bot.write(`Для всех сразу ${unique()}`);
  for (const account of [SALES, SUPPORT]) await row(page, account).filter({ hasText: "Для всех сразу" }).getByRole("checkbox").check({ force: true });
  const bar = page.getByRole("region", { name: "Выбранные диалоги" });
  await bar.getByText("Выбрано 2").waitFor();
  await bar.getByRole("button", { name: "Завершить" }).click();
  await page.getByText("Завершено: 2.").waitFor();
  await expect.poll(() => bar.count()).toBe(0);
  await page.keyboard.press("z");
  await openDialog(page, SALES);
  await log(page).getByText(/Открыто снова/u).last().waitFor();
  await page.context().close();
});

test.skipIf(world.mock)("the second factor is set up with an app's code, asked for at the next sign-in, and switched off", async () => {
  const page = await openPage();
  await signIn(page);
  const who = await addEmployee(page, `Второй Фактор ${unique()}`);
  const theirs = await openPage();
  await signIn(theirs, "/settings/profile", who);
  const factor = theirs.getByRole("region", { name: "Код подтверждения при входе" });
  await factor.getByRole("button", { name: "Включить" }).click();
  await factor.getByText("Не сканируется? Введите ключ вручную").click();
  const secret = (await factor.locator("code").textContent()) ?? "";
  await factor.getByRole("textbox", { name: "Код из приложения" }).fill(codeOf(secret));
  await factor.getByRole("button", { name: "Подтвердить" }).click();
  await factor.getByText("Включён").waitFor();

  const again = await openPage();
  await again.goto(`${world.url}/sign-in?next=/settings/profile`);
  await again.getByRole("textbox", { name: "Логин" }).fill(who.login);
  await again.getByRole("textbox", { name: "Пароль" }).fill(who.password);
  await again.getByRole("button", { name: "Войти" }).click();
  const code = again.getByRole("textbox", { name: "Шесть цифр из приложения" });
  // A code is good once; the next one is taken before its time.
  await code.fill(codeOf(secret, 1));
  await code.press("Enter");
  const off = again.getByRole("region", { name: "Код подтверждения при входе" });
  await off.getByRole("button", { name: "Выключить" }).click();
  await off.getByLabel("Текущий пароль").fill(who.password);
  await again.keyboard.press("Enter");
  await off.getByText("Выключен").waitFor();
  for (const one of [page, theirs, again]) await one.context().close();
});
