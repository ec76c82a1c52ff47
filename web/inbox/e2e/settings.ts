import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Locator, Page } from "playwright-core";
import { world } from "./world.ts";

/** Presses Tab until `target` has the focus: whoever has no mouse gets there. */
export async function tabTo(page: Page, target: Locator, most = 80): Promise<void> {
  for (let n = 0; n < most; n += 1) {
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press("Tab");
  }
  expect.fail("the keyboard does not reach it");
}

export async function open(page: Page, path: string, heading: string): Promise<void> {
  await page.goto(`${world.url}/settings/${path}`);
  await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
}

/** Something was saved, and says so. */
export async function saved(page: Page): Promise<void> {
  await page.getByRole("status").filter({ hasText: "Сохранено." }).waitFor();
  await expect.poll(() => page.getByRole("group", { name: /^Не сохранено/u }).count()).toBe(0);
}

/** Adds an employee; returns the login and the password that is shown once. */
export async function addEmployee(page: Page, name: string): Promise<{ login: string; password: string }> {
  const login = `e2e-${randomUUID().slice(0, 8)}`;
  await open(page, "employees/new", "Новый сотрудник");
  await page.getByRole("textbox", { name: "Имя и фамилия" }).fill(name);
  await page.getByRole("textbox", { name: "Логин" }).fill(login);
  await page.getByRole("button", { name: "Добавить и показать пароль" }).click();
  const once = page.getByRole("dialog", { name: "Пароль показан один раз" });
  const password = (await once.locator("code").textContent()) ?? "";
  await once.getByRole("button", { name: "Готово" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return { login, password };
}
