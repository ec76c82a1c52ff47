import { expect, test } from "vitest";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const SOMEBODY = world.mock ? /^Покупатель 10, Telegram/u : CUSTOMER;

// acceptance: DI-12
test("an unknown person is identified beside the dialog, a known one's card stands there", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: SOMEBODY }).press("Enter");
  await page.getByRole("log", { name: "Диалог" }).getByRole("article").first().waitFor();
  const panel = page.getByRole("complementary", { name: "Клиент" });
  const unknown = panel.getByText("Не опознан");
  const unlink = panel.getByRole("button", { name: "Отвязать" });
  await unknown.or(unlink).first().waitFor();
  if (await unlink.isVisible()) await unlink.click();
  await unknown.waitFor();

  // By its key: look for somebody who is not there, then make the client from what the channel told.
  await page.keyboard.press("i");
  const search = panel.getByRole("combobox", { name: "Имя, телефон или почта" });
  await search.fill("никого такого");
  await panel.getByText("Такого клиента нет").waitFor();
  await panel.getByRole("button", { name: "Создать клиента" }).click();
  const name = panel.getByRole("textbox", { name: "Имя", exact: true });
  const proposed = await name.inputValue();
  expect(proposed).not.toBe("");
  await panel.getByRole("button", { name: "Создать", exact: true }).click();

  // The card: who it is, how to reach them; known wherever the row stands.
  const card = panel.getByRole("region", { name: "Клиент" });
  await card.getByText(proposed).waitFor();
  await expect.poll(() => unknown.count()).toBe(0);
  await panel.getByText("Контактные данные").waitFor();
  await page.reload();
  await panel.getByRole("region", { name: "Клиент" }).getByText(proposed).waitFor();
  await unlink.click();
  await unknown.waitFor();
  await page.context().close();
});

test.runIf(world.mock)("of a known client the panel shows the other dialogs, earlier requests, the form and both touches", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: /^Покупатель 1, Чат на сайте/u }).press("Enter");
  const panel = page.getByRole("complementary", { name: "Клиент" });
  await panel.getByText("Первое касание").waitFor();
  expect(await panel.getByText("utm_source: search").count()).toBe(1);
  expect(await panel.getByText(/utm_source: newsletter/u).count()).toBe(1);
  expect(await panel.getByText("Доставка").count()).toBe(1);
  await panel.getByText(/\(Asia\/Vladivostok\)/u).waitFor();
  await panel.getByRole("link", { name: /^Telegram · Бот продаж/u }).click();
  await panel.getByText("Прежние обращения · 2").waitFor();
  await panel.getByRole("link", { name: /^Чат на сайте · Сайт магазина/u }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("beside a dialog stand the facts of the client's card", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: /^Покупатель 1, Telegram/u }).press("Enter");
  const card = page.getByRole("complementary", { name: "Клиент" }).getByRole("region", { name: "Клиент" });
  await card.getByText(/^(?:Компания|Человек) · с\s\d{4}\sгода$/u).waitFor();
  await card.getByText(/^Ответственный за\sклиента: \S/u).waitFor();
  await card.getByText(/^Открыто?\s\d\sдиалог/u).waitFor();
  await card.getByRole("link", { name: "Вся карточка" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForURL(/\/clients\/[\da-f-]{36}$/u);
  await page.context().close();
});

test.runIf(world.mock)("the palette finds clients by name and opens their cards", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("пример 206");
  await page.getByRole("dialog").getByRole("option", { name: /^ООО «Пример 206»/u }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "ООО «Пример 206»", level: 1 }).waitFor();
  await page.context().close();
});
