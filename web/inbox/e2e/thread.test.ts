import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { write } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const log = (page: Page) => page.getByRole("log", { name: "Диалог" });
const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });

async function openCustomer(options: Parameters<typeof openPage>[0] = {}, as?: { login: string; password: string }): Promise<Page> {
  const page = await openPage(options);
  await signIn(page, "/inbox/all", as);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  return page;
}

/** Scrolls up until something is drawn. */
async function scrollTo(page: Page, target: ReturnType<Page["locator"]>): Promise<void> {
  for (let step = 0; step < 40 && (await target.count()) === 0; step += 1) {
    await log(page).evaluate((element) => element.scrollBy(0, -300));
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
  }
  await target.first().waitFor();
}

test.runIf(world.mock)("whatever a channel brings is shown as what it is, and what we cannot show says so", async () => {
  const page = await openCustomer();
  await scrollTo(page, log(page).getByText("Это сообщение Telegram мы пока не показываем (poll)."));
  await scrollTo(page, log(page).getByRole("link", { name: "Позвонить: +7 999 000-00-01" }));
  await scrollTo(page, log(page).getByText("Примерная улица, 1"));
  await scrollTo(page, log(page).getByRole("link", { name: /^Скачать счёт 118/u }));
  const voice = log(page).getByRole("group", { name: "Голосовое, 0:12" });
  await scrollTo(page, voice);

  // The player without a mouse: seek, faster, play.
  const position = voice.getByRole("slider", { name: "Место записи" });
  await position.focus();
  await voice.getByRole("button", { name: "Слушать" }).click();
  await voice.getByRole("button", { name: "Пауза" }).waitFor();
  await position.press("ArrowRight");
  await expect.poll(async () => Number(await position.getAttribute("aria-valuenow"))).toBeGreaterThanOrEqual(3);
  await position.press(" ");
  await voice.getByRole("button", { name: "Слушать" }).waitFor();
  await voice.getByRole("button", { name: "Скорость 1" }).click();
  await voice.getByRole("button", { name: "Скорость 1,5" }).waitFor();

  await scrollTo(page, log(page).getByRole("group", { name: "5 файлов" }));
  await log(page).getByRole("button", { name: /^Открыть фото/u }).first().click();
  await page.getByRole("dialog", { name: /^фото/u }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("whoever has blocked the account is shown so beside the dialog, too", async () => {
  const page = await openPage();
  await signIn(page);
  await page.goto(`${world.url}/inbox/all?q=${encodeURIComponent("Покупатель 6")}`);
  await page.getByRole("listitem", { name: /^Покупатель 6, Telegram/u }).press("Enter");
  await page.getByRole("region", { name: "Контактные данные" }).getByText("Клиент заблокировал эту учётную запись").waitFor();
  await page.context().close();
});

// acceptance: DI-11
test.runIf(world.mock)("a reply shows how far it got; one that failed goes by another channel of the same client, an unknown one is settled", async () => {
  const page = await openCustomer();
  const text = `Не дойдёт #fail ${randomUUID()}`;
  await field(page).fill(text);
  await field(page).press("Control+Enter");
  const failed = log(page).getByRole("article").filter({ hasText: text });
  await failed.getByRole("img", { name: "Не отправлено" }).waitFor({ timeout: 20_000 });
  await failed.getByText("Не отправлено: клиент заблокировал учётную запись").waitFor();
  // The reason in the channel's own words, for whoever wants them.
  await failed.getByRole("button", { name: "Подробности" }).click();
  await failed.getByText("Forbidden: bot was blocked by the user").waitFor();
  await failed.getByRole("button", { name: "Другим каналом" }).click();
  await page.getByRole("button", { name: /^Сайт магазина/u }).click();
  await page.getByRole("heading", { name: "Покупатель 1" }).first().waitFor();
  await page.getByText("через: Сайт магазина").waitFor();
  const again = log(page).getByRole("article").filter({ hasText: text.replace("#fail ", "") });
  await again.getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor({ timeout: 20_000 });
  await again.getByRole("img", { name: "Прочитано" }).waitFor({ timeout: 20_000 });
  await page.goBack();
  await log(page).getByRole("article").filter({ hasText: text }).getByText("Отправлено ещё раз").waitFor();

  const doubtful = `Кто знает #unknown ${randomUUID()}`;
  await field(page).fill(doubtful);
  await field(page).press("Control+Enter");
  const unknown = log(page).getByRole("article").filter({ hasText: doubtful });
  await unknown.getByRole("img", { name: "Неизвестно, дошло ли" }).waitFor({ timeout: 20_000 });
  await unknown.getByRole("button", { name: "Отправить ещё раз: клиент может получить дважды" }).waitFor();
  await unknown.getByRole("button", { name: "Дошло", exact: true }).click();
  await unknown.getByRole("img", { name: "Отправлено" }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("colleagues are seen looking, and an answer that came meanwhile is shown before ours goes", async () => {
  const page = await openCustomer();
  const other = await openCustomer({}, { login: "operator2", password: world.password });
  await page.getByText("Оператор 2 смотрит").waitFor();
  await field(page).fill("Я тоже отвечаю");
  // The colleague takes it over and answers first.
  await other.getByRole("button", { name: "Другие действия" }).first().click();
  await other.getByRole("menuitem", { name: "Перехватить" }).click();
  await field(other).fill(`Ответил коллега ${randomUUID()}`);
  await other.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
  await field(other).press("Control+Enter");
  await page.getByText("Пока вы писали, пришёл ответ: Оператор 2").waitFor();
  expect(await field(page).inputValue()).toBe("Я тоже отвечаю");
  await other.context().close();
  await expect.poll(() => page.getByText("Оператор 2 смотрит").count(), { timeout: 60_000 }).toBe(0);
  // Back to whom it was.
  await page.getByRole("button", { name: "Другие действия" }).first().click();
  await page.getByRole("menuitem", { name: "Перехватить" }).click();
  await page.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
  await field(page).press("Control+Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("collision-show");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByText("Пока вы писали").count()).toBe(0);
  await field(page).fill("");
  await page.context().close();
});

test.runIf(world.mock)("a reply for later waits for its time, and can be had back", async () => {
  const page = await openCustomer();
  const text = `Позже ${randomUUID()}`;
  await field(page).fill(text);
  await page.getByRole("button", { name: "Способы отправки" }).click();
  await page.getByRole("menuitem", { name: "Отправить позже" }).click();
  const dialog = page.getByRole("dialog", { name: "Отправить позже" });
  await dialog.getByRole("textbox", { name: "Или словами" }).fill("когда-нибудь");
  await dialog.getByRole("button", { name: "Отправить позже" }).click();
  await dialog.getByText("Не понял время.").waitFor();
  await dialog.getByLabel("Если не уйдёт вовремя").selectOption({ label: "Отменить через час" });
  await dialog.getByRole("textbox", { name: "Или словами" }).fill("завтра 10");
  await dialog.getByText("завтра 10:00").first().waitFor();
  await dialog.getByRole("textbox", { name: "Или словами" }).press("Enter");
  const bubble = log(page).getByRole("article").filter({ hasText: text });
  await bubble.getByRole("img", { name: /Уйдёт.*завтра 10:00 · не позже завтра 11:00$/u }).waitFor();
  await page.getByRole("button", { name: "Отменить Z" }).or(page.getByRole("button", { name: /^Отменить/u })).first().click();
  await expect.poll(() => field(page).inputValue()).toBe(text);
  await expect.poll(() => bubble.count()).toBe(0);
  await field(page).fill("");
  await page.context().close();
});

type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Node | null }[] };

test("nothing jumps while a thread is read, written into and added to", async () => {
  // Enough to scroll through, whoever has written here before.
  if (!world.mock) for (let n = 0; n < 12; n += 1) await write(`Строка ${n} ${randomUUID()}`);
  const page = await openCustomer();
  await page.evaluate(() => {
    const shifts: string[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) if (!hadRecentInput && value > 0.0001) shifts.push(`${value}: ${sources.map(({ node }) => (node as Element | null)?.outerHTML?.slice(0, 120)).join(" | ")}`);
    }).observe({ type: "layout-shift", buffered: false });
  });
  for (let step = 0; step < 30; step += 1) {
    await log(page).evaluate((element) => element.scrollBy(0, -160));
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
  }
  // Read higher up, a new message moves nothing.
  const seen = log(page).getByRole("article").nth(4);
  const id = await seen.getAttribute("data-message");
  const top = await log(page).locator(`[data-message="${id}"]`).evaluate((element) => element.getBoundingClientRect().top);
  await write(`Пока читают выше ${Date.now()}`);
  await page.getByRole("button", { name: /новое|новых/u }).last().waitFor();
  const after = await log(page).locator(`[data-message="${id}"]`).evaluate((element) => element.getBoundingClientRect().top);
  expect(Math.abs(after - top)).toBeLessThan(2);
  expect(await page.evaluate(() => (globalThis as unknown as { shifts: string[] }).shifts)).toEqual([]);
  await page.context().close();
});
