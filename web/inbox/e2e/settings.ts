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
