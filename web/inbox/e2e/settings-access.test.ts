import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openPage, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

const SIZES = { desktop: { width: 1440, height: 900 }, tablet: { width: 1024, height: 768 }, phone: { width: 390, height: 844 } };

/** Every route of the settings and what shows that it is there. */
const ROUTES: readonly [path: string, ready: (page: Page) => Promise<void>][] = [
  ["employees", (page) => page.getByRole("row").nth(1).waitFor()],
  ["employees/new", (page) => page.getByRole("textbox", { name: "Логин" }).waitFor()],
  ["departments", (page) => page.getByRole("heading", { name: "Подразделения", level: 1 }).waitFor()],
  ["roles", (page) => page.getByRole("table").waitFor()],
  ["schedules", (page) => page.getByRole("heading", { name: "Графики", level: 1 }).waitFor()],
  ["schedules/new", (page) => page.getByRole("textbox", { name: "Название" }).waitFor()],
  ["channels", (page) => page.getByRole("listitem").first().waitFor()],
  ["channels/new/telegram", (page) => page.getByRole("textbox", { name: "Название учётной записи" }).waitFor()],
  ["profile", (page) => page.getByRole("region", { name: "Сеансы" }).getByRole("listitem").first().waitFor()],
  ["notifications", (page) => page.getByRole("slider").waitFor()],
];

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in the settings: ${size}, ${colorScheme}`, async () => {
      const page = await openPage({ viewport, colorScheme });
      await signIn(page, "/settings/employees");
      await page.getByRole("navigation", { name: "Рабочие места" }).getByRole("button", { name: /^Уведомления/u }).waitFor();
      for (const [path, ready] of ROUTES) {
        await page.goto(`${world.url}/settings/${path}`);
        await ready(page);
        expect(await violations(page), path).toEqual([]);
        // Nothing but a table is wider than the screen.
        expect(await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth), `${path} scrolls sideways`).toBeLessThanOrEqual(0);
      }
      await page.goto(`${world.url}/settings/employees`);
      await page.getByRole("row").nth(1).getByRole("link").click();
      await page.getByRole("textbox", { name: "Имя и фамилия" }).waitFor();
      expect(await violations(page), "an employee").toEqual([]);
      await page.goto(`${world.url}/settings/departments`);
      if ((await page.getByRole("treeitem").count()) > 0) {
        await page.getByRole("treeitem").first().click();
        await page.getByRole("textbox", { name: "Название" }).waitFor();
        expect(await violations(page), "a department").toEqual([]);
      }
      await page.getByRole("navigation", { name: "Рабочие места" }).getByRole("button", { name: /^Уведомления/u }).click();
      await page.getByRole("button", { name: "Прочитать все" }).waitFor();
      expect(await violations(page), "the notifications").toEqual([]);
      await page.context().close();
    }, 180_000);
  }
}
