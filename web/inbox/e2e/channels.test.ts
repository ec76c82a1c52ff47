import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openPage, signIn, useBrowser, world } from "./page.ts";
import { open, saved, tabTo } from "./settings.ts";

useBrowser();

const unique = (): string => randomUUID().slice(0, 8);

// acceptance: DI-1
test.runIf(world.mock)("a channel is connected without a mouse, from the gateway's own description", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels");
  await tabTo(page, page.getByRole("button", { name: "Подключить", exact: true }));
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Чат на сайте" }).waitFor();
  await page.getByRole("menuitem", { name: "Чат на сайте" }).focus();
  await page.keyboard.press("Enter");
  const name = `Сайт ${unique()}`;
  await page.getByRole("textbox", { name: "Название учётной записи" }).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");

  const sites = page.getByRole("textbox", { name: "Сайты" });
  await tabTo(page, sites);
  await page.keyboard.type("https://shop.example\nshop");
  await page.getByText("Не похоже на правду. Пример: https://shop.example").waitFor();
  await sites.fill("https://shop.example\nhttps://www.shop.example");
  await page.getByText("Адреса сайтов прочитаны").waitFor();
  await tabTo(page, page.getByRole("button", { name: "Подключить", exact: true }));
  await page.keyboard.press("Enter");

  // The code for the site, with the account's id in it; then the first event comes by itself.
  const code = page.getByRole("region", { name: "Код чата" }).locator("pre");
  await code.waitFor();
  const id = new URL(page.url()).searchParams.get("account") ?? "";
  expect(id).toMatch(/^[0-9a-f-]{36}$/u);
  expect(await code.textContent()).toContain(`{ site: '${id}' }`);
  await page.getByRole("status").filter({ hasText: /^Первое сообщение получено/u }).waitFor();
  const next = page.getByRole("button", { name: "Дальше: кому обращения" });
  await tabTo(page, next);
  await page.keyboard.press("Enter");
  await page.getByLabel("Подразделение для обращений, которые никому не назначены").selectOption({ label: "Поддержка" });
  await tabTo(page, page.getByRole("button", { name: "Готово" }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/settings/channels/${id}`);
  await page.context().close();
});

test.runIf(world.mock)("settings are tried as they are typed, and what failed is said at its field", async () => {
  const page = await openPage();
  await signIn(page);
  await page.goto(`${world.url}/settings/channels/new/telegram`);
  // A name that another account has is told before it confuses anybody.
  await page.getByRole("textbox", { name: "Название учётной записи" }).fill("Бот продаж");
  await page.getByText("Так уже называется другая учётная запись").waitFor();
  await page.getByRole("textbox", { name: "Название учётной записи" }).fill(`Бот ${unique()}`);
  await page.keyboard.press("Enter");
  const token = page.getByLabel("Токен бота");
  await token.fill(`0000000000:${"A".repeat(35)}`);
  await page.getByText("Telegram отвечает").waitFor();
  await expect.poll(() => token.getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Telegram не знает такого токена").first().waitFor();
  await token.fill(`1234567890:${"A".repeat(35)}`);
  await page.getByText("Найдено: @example_bot").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("an account tells its state and remedy, is paused, and reads again what it could not read", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "channels", "Каналы");
  const row = page.getByRole("listitem").filter({ hasText: "Бот поддержки" });
  await row.getByText("Токен отозван. Возьмите новый токен у @BotFather.").waitFor();
  await row.getByText("Telegram · @example_support_bot").waitFor();
  await row.getByRole("link", { name: "Бот поддержки" }).click();
  await page.getByRole("button", { name: "Приостановить" }).click();
  await page.getByRole("button", { name: "Возобновить" }).click();
  await page.getByRole("button", { name: "Приостановить" }).waitFor();

  const letters = page.getByRole("region", { name: "Факты, которые не удалось прочитать" });
  await letters.getByRole("listitem").filter({ hasText: "story" }).getByRole("button", { name: "Прочитать снова" }).click();
  await letters.getByText("И в этот раз прочитать не вышло.").waitFor();
  await letters.getByRole("listitem").filter({ hasText: "giveaway" }).getByRole("button", { name: "Прочитать снова" }).click();
  await expect.poll(() => letters.getByRole("listitem").count()).toBe(1);
  await letters.getByRole("switch", { name: "Показать прочитанные снова" }).check({ force: true });
  await letters.getByText(/прочитано снова/u).waitFor();

  await page.getByLabel("Кому новое обращение").selectOption({ label: "Всегда одному сотруднику" });
  await page.keyboard.press("Control+s");
  await page.getByText("Выберите сотрудника").waitFor();
  await page.getByRole("button", { name: "Сотрудник" }).click();
  await page.getByRole("combobox", { name: "Сотрудник" }).fill("Оператор 2");
  await page.keyboard.press("Enter");
  await page.getByLabel("Часы для клиентов").selectOption({ label: "Пятидневка" });
  await page.keyboard.press("Control+s");
  await saved(page);
  await page.context().close();
});

// acceptance: XC-9
test.runIf(world.mock)("a channel that falls silent is told to administrators wherever they are, and to nobody else", async () => {
  const page = await openPage();
  const listed = page.waitForResponse((answer) => answer.url().endsWith("ListChannelAccounts"));
  await signIn(page, "/inbox/all");
  await listed;
  const other = await openPage();
  await signIn(other, "/inbox/all", { login: "operator2", password: "demo-password" });
  const silent = (yes: boolean): Promise<Response> => fetch(`${world.telegram}/demo/api/silent?account=${encodeURIComponent("Бот продаж")}`, { method: "POST", body: String(yes) });
  const rail = page.getByRole("navigation", { name: "Рабочие места" });
  await rail.getByRole("button", { name: /^Уведомления/u }).waitFor();
  const before = await rail.getByRole("link", { name: /^Каналы:/u }).count();
  await silent(true);
  await page.getByRole("status").filter({ hasText: "Бот продаж: молчит намного дольше обычного" }).waitFor();
  await rail.getByRole("link", { name: /^Каналы: \d+ уч/u }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Бот продаж" }).first();
  await row.getByText("Молчит намного дольше обычного").waitFor();
  await row.getByText(/событие .* назад/u).waitFor();
  await row.getByRole("link", { name: "Бот продаж" }).first().click();
  await page.getByText(/Ничего не\sприходит .*, намного дольше обычного/u).waitFor();
  await rail.getByRole("button", { name: /^Уведомления/u }).click();
  await page.getByRole("list", { name: "Уведомления" }).getByText("Бот продаж: молчит намного дольше обычного").waitFor();
  expect(await other.getByRole("link", { name: /^Каналы:/u }).count()).toBe(0);
  await silent(false);
  await expect.poll(() => rail.getByRole("link", { name: /^Каналы:/u }).count()).toBe(before);
  for (const one of [page, other]) await one.context().close();
});

test("the demo's customer is one press away from the channels", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "channels", "Каналы");
  const connect = page.getByRole("button", { name: "Подключить демо-Telegram" });
  const link = page.getByRole("link", { name: "Написать за клиента" });
  await connect.or(link).first().waitFor();
  if (await connect.isVisible()) await connect.click();
  await link.waitFor();
  expect(await link.getAttribute("href")).toMatch(/^(?:https?:\/\/|\/)/u);
  await page.context().close();
});

test.runIf(world.mock)("an account's last day is told as a strip and in words, in the reader's language", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels");
  // A test that was tried again has made more than one.
  await page.getByRole("link", { name: "Бот продаж" }).first().click();
  const day = page.getByRole("region", { name: "Последние сутки" });
  await day.getByText("Не работала 30 мин").waitFor();
  const changes = day.getByRole("listitem");
  await expect.poll(() => changes.count()).toBe(4);
  expect(await changes.nth(2).innerText()).toMatch(/\d\d:\d\d–.*\d\d:\d\d · сбой · Telegram не отвечает$/u);
  await page.context().close();
});
