import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Who looked at whose data: the settings, and the way there from a card; on the services in memory.

useBrowser();

const rows = (page: Page) => page.getByRole("list", { name: "Журнал доступа" }).getByRole("listitem");

// acceptance: XC-8
test.runIf(world.mock)("an administrator sees from a card who looked at it and at its dialogs", async () => {
  const page = await openPage();
  await signIn(page, "/clients/new");
  const name = `Смотримый ${Date.now()}`;
  await page.getByRole("radio", { name: "Человек" }).check();
  await page.getByRole("textbox", { name: "Фамилия", exact: true }).fill(name);
  await page.getByRole("button", { name: "Создать клиента" }).first().click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByRole("button", { name: "Другие действия" }).first().click();
  await page.getByRole("menuitem", { name: "Кто смотрел" }).click();
  await page.waitForURL(/access-log\?client=/u);
  await page.getByText(`Клиент: ${name}`).waitFor();
  await rows(page).filter({ hasText: /Карточка\sклиента/u }).first().waitFor();
  expect(await rows(page).count()).toBe(1);
  const own = rows(page).first();
  await own.getByText(/На\sстранице/u).waitFor();
  await own.getByRole("link", { name }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("button", { name: `Убрать: Клиент: ${name}` }).click();
  await page.waitForURL(/access-log$/u);
});

test.runIf(world.mock)("the log is narrowed by employee, kind and period, and goes on below", async () => {
  const page = await openPage();
  await signIn(page, "/settings/access-log");
  await rows(page).first().waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, "access-log");
  const before = await rows(page).count();
  await page.getByRole("button", { name: "Показать более ранние" }).click();
  await expect.poll(() => rows(page).count()).toBeGreaterThan(before);
  const at = await rows(page).locator("time").evaluateAll((all) => all.map((one) => one.getAttribute("datetime") ?? ""));
  expect(at).toEqual([...at].sort().reverse());
  await page.getByRole("combobox", { name: "Что" }).selectOption({ label: "Выгрузки" });
  await page.waitForURL(/what=exports/u);
  await rows(page).filter({ hasText: /Список\sклиентов\sфайлом/u }).first().waitFor();
  await expect.poll(() => rows(page).filter({ hasText: "Диалог" }).count()).toBe(0);
  const who = page.getByRole("combobox", { name: "Кто" });
  const one = (await who.locator("option").nth(1).textContent()) ?? "";
  await page.getByRole("combobox", { name: "Что" }).selectOption({ label: "Всё" });
  await who.selectOption({ label: one });
  await page.waitForURL(/employee=/u);
  await rows(page).first().waitFor();
  await expect.poll(async () => new Set(await rows(page).locator("strong").allTextContents()).size).toBe(1);
  await page.getByLabel("С", { exact: true }).fill("2020-01-01");
  await page.getByLabel("По", { exact: true }).fill("2020-01-02");
  await page.getByText(/По\sэтим\sусловиям\sзаписей\sнет/u).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Показать всё" }).click();
  await page.waitForURL(/access-log$/u);
  await rows(page).first().waitFor();
});
