import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { go, LOOKS, openPage, signIn, useBrowser, violations } from "./page.ts";

useBrowser();

/** Every route of the settings and what shows that it is there. */
const ROUTES: readonly [path: string, ready: (page: Page) => Promise<void>, seenMost?: true][] = [
  ["employees", (page) => page.getByRole("row").nth(1).waitFor(), true],
  ["employees/new", (page) => page.getByRole("textbox", { name: "Логин" }).waitFor()],
  ["departments", (page) => page.getByRole("heading", { name: "Подразделения", level: 1 }).waitFor()],
  ["roles", (page) => page.getByRole("table").waitFor()],
  ["schedules", (page) => page.getByRole("heading", { name: "Графики", level: 1 }).waitFor()],
  ["schedules/new", (page) => page.getByRole("textbox", { name: "Название" }).waitFor()],
  ["channels", (page) => page.getByRole("main").getByRole("listitem").first().waitFor()],
  ["channels/new/telegram", (page) => page.getByRole("textbox", { name: "Название учётной записи" }).waitFor()],
  ["mailings", (page) => page.getByRole("link", { name: "Отписавшиеся" }).waitFor()],
  ["mailings/new", (page) => page.getByRole("textbox", { name: "Текст" }).waitFor()],
  ["mailings/unsubscribed", (page) => page.getByRole("searchbox").waitFor()],
  ["cards", (page) => page.getByRole("region", { name: "Как ведутся клиенты" }).waitFor()],
  ["directories", (page) => page.getByRole("region", { name: "Метки" }).waitFor()],
  ["access-log", (page) => page.getByRole("combobox", { name: "Кто" }).waitFor()],
  ["profile", (page) => page.getByRole("region", { name: "Сеансы" }).getByRole("listitem").first().waitFor(), true],
  ["notifications", (page) => page.getByRole("slider").waitFor()],
];

for (const { name, viewport, colorScheme, whole } of LOOKS) {
  test(`axe finds nothing in the settings: ${name}`, async () => {
    const page = await openPage({ viewport, colorScheme });
    await signIn(page, "/settings/employees");
    await page.getByRole("navigation", { name: "Рабочие места" }).getByRole("button", { name: /^Уведомления/u }).waitFor();
    for (const [path, ready, seenMost] of ROUTES) {
      await go(page, `/settings/${path}`);
      await ready(page);
      if (whole || seenMost) expect(await violations(page), path).toEqual([]);
      // Nothing but a table is wider than the screen.
      expect(await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth), `${path} scrolls sideways`).toBeLessThanOrEqual(0);
    }
    if (whole) await deeper(page);
    await page.context().close();
  }, 180_000);
}

/** What a first click leads to. */
async function deeper(page: Page): Promise<void> {
  await go(page, "/settings/employees");
  await page.getByRole("row").nth(1).getByRole("link").click();
  await page.getByRole("textbox", { name: "Имя и фамилия" }).waitFor();
  expect(await violations(page), "an employee").toEqual([]);
  await go(page, "/settings/departments");
  await page.getByRole("heading", { name: "Подразделения", level: 1 }).waitFor();
  if ((await page.getByRole("treeitem").count()) > 0) {
    await page.getByRole("treeitem").first().click();
    await page.getByRole("textbox", { name: "Название" }).waitFor();
    expect(await violations(page), "a department").toEqual([]);
  }
  await page.getByRole("navigation", { name: "Рабочие места" }).getByRole("button", { name: /^Уведомления/u }).click();
  await page.getByRole("button", { name: "Прочитать все" }).waitFor();
  expect(await violations(page), "the notifications").toEqual([]);
}
