import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS, openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// What a lead did on the site, and what rules make of it, on the services in memory.

useBrowser();

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first().click();

/** The one lead that has a dialog, and so visits; or another. */
async function openVisitor(page: Page, name = "Анна Ким 1", email = "lead1@example.ru"): Promise<void> {
  await page.goto(`${world.url}/leads`);
  await page.getByRole("searchbox", { name: "Поиск лидов" }).or(page.getByRole("textbox", { name: "Поиск лидов" })).first().fill(email);
  await page.getByRole("link", { name, exact: true }).first().click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

test.runIf(world.mock)("the card shows visits folded, newest first, with what was done in each", async () => {
  const page = await openPage();
  await signIn(page, "/leads");
  await openVisitor(page);
  const visits = page.getByRole("region", { name: "Посещения сайта" });
  await visits.getByText(/4\sстраницы/u).waitFor();
  await visits.getByText("на\u00a0сайте").waitFor();
  await visits.getByText(/2\sстраницы · из\ssearch\.example · yandex \/ lamps/u).waitFor();
  await visits.locator("summary").first().press("Enter");
  await visits.getByText("Отправил форму «Перезвоните мне»").waitFor();
  await visits.getByText("Открыл чат").waitFor();
  // What was left in the form is nobody's until somebody says so.
  await visits.getByText(/^Это оставлено в\sформах сайта/u).waitFor();
  await visits.getByText("и оставил: Анна Смирнова, +7 999 000-03-21, anna@example.com").waitFor();
  const add = visits.getByRole("button", { name: "Добавить в\u00a0карточку: +7 999 000-03-21" });
  await add.waitFor();
  for (const look of LOOKS) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    expect(await violations(page), look.name).toEqual([]);
  }
  await shoot(page, "lead-visits");
  await add.click();
  await page.getByRole("link", { name: "+7 999 000-03-21" }).waitFor();
  await add.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Отменить/u }).last().click();
  await add.waitFor();
  expect(await page.getByRole("link", { name: "+7 999 000-03-21" }).count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("a form in which somebody left a lead's phone is shown as nobody's", async () => {
  const page = await openPage();
  await signIn(page, "/leads");
  await openVisitor(page, "Сергей Ли 37", "lead37@example.ru");
  const visits = page.getByRole("region", { name: "Посещения сайта" });
  await visits.getByText(/^Кто-то отправил форму «Перезвоните мне» и\sоставил: Сергей Ли 37/u).waitFor();
  await visits.getByRole("button", { name: "Добавить в\u00a0карточку: from-a-form@example.com" }).waitFor();
  expect(await visits.getByRole("button").count(), "name and phone are on the card already").toBe(1);
  for (const look of LOOKS) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    expect(await violations(page), look.name).toEqual([]);
  }
  await shoot(page, "lead-forms");
  await page.context().close();
});

test.runIf(world.mock)("a rule over pages is written without code and asks for a call", async () => {
  const page = await openPage();
  await signIn(page, "/settings/leads");
  await page.getByRole("list", { name: "Правила баллов" }).getByRole("listitem").nth(2).waitFor();
  await press(page, "Добавить правило");
  const rule = page.getByRole("list", { name: "Правила баллов" }).getByRole("listitem").last();
  const name = `Трижды смотрел цены ${Date.now()}`;
  await rule.getByRole("textbox", { name: "Название" }).fill(name);
  await rule.getByRole("combobox", { name: "Условие" }).selectOption({ label: "Смотрел страницы, в\u00a0адресе которых есть" });
  await rule.getByRole("textbox", { name: "Значения" }).fill("/prices");
  await rule.getByRole("checkbox", { name: /Предложить позвонить/u }).check();
  await page.keyboard.press("Control+s");
  await rule.getByText(/Звонок предлагается за\sсделанное/u).waitFor();
  await rule.getByRole("textbox", { name: /^От, раз/u }).fill("2");
  await shoot(page, "lead-visit-rule");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await openVisitor(page);
  await page.getByText(name).first().waitFor();
  await page.getByRole("link", { name: "Позвонить" }).waitFor();
  await shoot(page, "lead-visit-call");
  // Others see the rules that were there.
  await page.goto(`${world.url}/settings/leads`);
  await press(page, `Убрать: ${name}`);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await page.context().close();
});
