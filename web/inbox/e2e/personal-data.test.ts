import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Packing and erasing what is kept of somebody from their card, and what is left of it in the settings; on the services in memory.

useBrowser();

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();

/** A client of this test's own. */
async function client(page: Page, name: string): Promise<void> {
  await page.goto(`${world.url}/clients/new`);
  await page.getByRole("radio", { name: "Человек" }).check();
  await page.getByRole("textbox", { name: "Фамилия", exact: true }).fill(name);
  await press(page, "Создать клиента");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

async function openErasing(page: Page): Promise<{ records: string }> {
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Удалить персональные данные" }).click();
  const dialog = page.getByRole("dialog", { name: /Удалить персональные данные/u });
  const label = await dialog.locator("label").filter({ hasText: "Введите число записей" }).first().textContent();
  return { records: /\d+/u.exec(label ?? "")?.[0] ?? "" };
}

async function limit(page: Page, records: string): Promise<void> {
  await page.goto(`${world.url}/settings/personal-data`);
  const field = page.getByRole("textbox", { name: /Со скольких записей/u });
  await field.waitFor();
  if ((await field.inputValue()) === records) return;
  await field.fill(records);
  await press(page, /^Сохранить/u);
  await page.getByText("Сохранено").first().waitFor();
}

test.runIf(world.mock)("a limit that somebody raised alone is confirmed by another, and does not count for who raised it", async () => {
  const page = await openPage();
  await signIn(page, "/settings/personal-data");
  const section = page.getByRole("region", { name: "Ограничения" });
  const confirm = section.getByRole("button", { name: "Подтвердить" });
  await section.getByRole("textbox").first().waitFor();
  // Only the first time in this world.
  if ((await confirm.count()) > 0) {
    await section.getByText(/предел\sподнят\sс\s100\sдо\s500/u).waitFor();
    await shoot(page, "personal-raised");
    await confirm.click();
    await confirm.waitFor({ state: "detached" });
  }
  const field = section.getByRole("textbox", { name: /Со скольких записей/u });
  await field.fill(String(Number(await field.inputValue()) + 1));
  await press(page, /^Сохранить/u);
  await section.getByText(/^Вы\sподняли\sпредел/u).waitFor();
  expect(await confirm.count(), "by nobody of their own").toBe(0);
  expect(await violations(page)).toEqual([]);
  await field.fill("100");
  await press(page, /^Сохранить/u);
  await section.getByText(/^Вы\sподняли\sпредел/u).waitFor({ state: "detached" });
});

// acceptance: XC-8
test.runIf(world.mock)("somebody is erased once the number of records is typed, and a proof is left", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await limit(page, "500");
  const name = `Стираемый ${Date.now()}`;
  await client(page, name);
  const { records } = await openErasing(page);
  const dialog = page.getByRole("dialog");
  const erase = dialog.getByRole("button", { name: /^Удалить \d/u });
  expect(await erase.isDisabled()).toBe(true);
  await dialog.getByRole("textbox").fill(`${records}0`);
  expect(await erase.isDisabled(), "another number").toBe(true);
  await dialog.getByRole("textbox").fill(records);
  expect(await violations(page)).toEqual([]);
  await shoot(page, "personal-erase");
  await page.keyboard.press("Enter");
  await page.getByText("Удаление началось").waitFor();
  await page.goto(`${world.url}/settings/personal-data`);
  const newest = page.getByRole("listitem").filter({ hasText: "Удалено" }).first();
  await newest.getByText("Доказательство").click();
  await newest.getByRole("table").waitFor();
  expect(await page.getByText(name).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await shoot(page, "personal-data");
});

test.runIf(world.mock)("above the limit it waits for another administrator, and whoever asked can call it off", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await limit(page, "0");
  await client(page, `Ждущий ${Date.now()}`);
  const { records } = await openErasing(page);
  await page.getByRole("dialog").getByRole("textbox").fill(records);
  await page.getByRole("dialog").getByRole("button", { name: /^Попросить удалить/u }).click();
  await page.getByText("ждёт другого администратора").first().waitFor();
  await page.goto(`${world.url}/settings/personal-data`);
  const waiting = page.getByRole("listitem").filter({ hasText: "Ждёт подтверждения" }).first();
  await waiting.getByText("другой администратор").waitFor();
  expect(await waiting.getByRole("button", { name: /подтвердить/u }).count()).toBe(0);
  await waiting.getByRole("button", { name: "Отменить удаление" }).click();
  await page.getByText("Удаление отменено").first().waitFor();
  await limit(page, "500");
});

// acceptance: XC-8
test.runIf(world.mock)("what is kept of somebody is packed in the background, and fetched until it is removed", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  const name = `Выгружаемый ${Date.now()}`;
  await client(page, name);
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Выгрузить персональные данные" }).click();
  const dialog = page.getByRole("dialog", { name: new RegExp(`Выгрузить персональные данные: ${name}`, "u") });
  await dialog.getByRole("table", { name: "Что было" }).waitFor();
  await dialog.getByRole("button", { name: "Собрать всё" }).click();
  await dialog.getByRole("button", { name: "Скачать" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, "personal-export");
  const saved = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Скачать" }).click();
  expect((await saved).suggestedFilename()).toBe("personal-data.zip");
  await dialog.getByText(/скачиваний:\s1/u).waitFor();
  await page.goto(`${world.url}/settings/personal-data`);
  const newest = page.getByRole("region", { name: "Выгрузки" }).getByRole("listitem").first();
  await newest.getByText("Готово").waitFor();
  expect(await page.getByText(name).count(), "no name here").toBe(0);
  await newest.getByRole("button", { name: "Удалить сейчас" }).click();
  await newest.getByText(/удалено/u).first().waitFor();
  expect(await newest.getByRole("button", { name: "Скачать" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
});

// acceptance: XC-8
test.runIf(world.mock)("how long a channel's messages are kept is switched on after what it takes was seen", async () => {
  const page = await openPage();
  await signIn(page, "/settings/personal-data");
  const section = page.getByRole("region", { name: "Сроки хранения сообщений" });
  const line = section.getByRole("listitem").first();
  await line.getByRole("button", { name: /Изменить срок хранения/u }).click();
  const dialog = page.getByRole("dialog", { name: /Срок хранения/u });
  await dialog.getByRole("radio", { name: "Несколько месяцев" }).check();
  await dialog.getByRole("textbox", { name: "Месяцев" }).fill("24");
  await dialog.getByText(/насовсем сотрутся сообщения/u).waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, "personal-retention");
  await dialog.getByRole("button", { name: "Стереть и включить" }).click();
  await line.getByText(/24\sмесяца/u).waitFor();
  await line.getByText(/Последний проход/u).waitFor();
  // Taken back, for others share this world.
  await line.getByRole("button", { name: /Изменить срок хранения/u }).click();
  await dialog.getByRole("radio", { name: "Бессрочно" }).check();
  await dialog.getByRole("button", { name: "Сохранить" }).click();
  await line.getByText("Бессрочно").waitFor();
  expect(await violations(page)).toEqual([]);
});

test.runIf(world.mock)("a consent is recorded, withdrawn, and the record of a mistake stays", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await client(page, `Согласный ${Date.now()}`);
  const section = page.getByRole("region", { name: "Согласия" });
  await section.getByText("Пока ничего не отмечено").waitFor();
  await section.getByRole("button", { name: "Отметить согласие" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Сохранить" }).click();
  await dialog.getByText("Выберите, на что согласие").waitFor();
  await dialog.getByLabel("На что", { exact: true }).selectOption({ label: "Рассылки" });
  await dialog.getByLabel("Как получено").selectOption({ label: "Письмо" });
  await dialog.getByLabel("На что именно согласие").fill("Согласен получать письма о новинках");
  expect(await violations(page)).toEqual([]);
  await shoot(page, "personal-consent");
  await dialog.getByRole("button", { name: "Сохранить" }).click();
  await section.getByText("Дано").waitFor();
  await section.getByRole("button", { name: /Отметить отзыв/u }).click();
  await dialog.getByRole("button", { name: "Сохранить" }).click();
  await section.getByText("Отозвано").waitFor();
  await section.getByRole("button", { name: /Это ошибка/u }).first().click();
  await dialog.getByLabel("Почему").fill("Отозвал другой клиент");
  await dialog.getByRole("button", { name: "Сохранить" }).click();
  await section.getByText("Дано").waitFor();
  await section.getByText(/1\sпрежняя запись/u).click();
  await section.getByText("Отозвал другой клиент").waitFor();
  expect(await violations(page)).toEqual([]);
  await section.scrollIntoViewIfNeeded();
  await shoot(page, "personal-consents");
});
