import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// How well cards are filled, on the services in memory, which count by the formula of the real one.

useBrowser();

// acceptance: QB-2
test.runIf(world.mock)("a card says how well it is filled, and what is missing leads to its field", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.goto(`${world.url}/clients?q=${encodeURIComponent("Пример 198")}`);
  await page.getByRole("link", { name: "ООО «Пример 198»" }).click();
  const card = page.getByRole("region", { name: "Качество карточки" });
  await card.getByText("Контактные данные").waitFor();
  expect(await card.getByText(/^\d+\s%$/u).count()).toBe(2);
  await shoot(page, "quality-card");
  await card.getByRole("link", { name: "Сегмент рынка" }).click();
  await expect.poll(() => focused(page)).toBe("Сегмент рынка");
  await page.goBack();
  await card.getByRole("link", { name: "Контактное лицо", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Фамилия" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("");
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

// acceptance: QB-3
test.runIf(world.mock)("the base quality shows the company, people and days, and its checks come as a table", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.getByRole("link", { name: "Качество базы" }).click();
  await page.getByRole("heading", { name: "Качество базы", level: 1 }).waitFor();
  await page.getByRole("img", { name: /^С\s.+: было \d+\s%, стало \d+\s%\.$/u }).waitFor();
  await page.getByRole("region", { name: "Сейчас" }).getByText(/^\d+\s%$/u).first().waitFor();
  await shoot(page, "quality-overview");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("region", { name: "По подразделениям и сотрудникам" }).getByRole("button", { name: "Оператор 1" }).click();
  await page.getByRole("region", { name: "По компании" }).waitFor();
  expect(new URL(page.url()).searchParams.get("of")).toMatch(/^employee:/u);

  await page.getByRole("link", { name: "Проверка базы" }).click();
  await page.getByRole("combobox", { name: "Что проверить" }).selectOption({ label: "Портрет" });
  const list = page.getByRole("list", { name: "Портрет" });
  await list.getByRole("listitem").first().waitFor();
  await shoot(page, "quality-check");
  expect(await violations(page)).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Выгрузить в CSV" }).click()]);
  const file = join(await mkdtemp(join(tmpdir(), "okno-")), "list.csv");
  await download.saveAs(file);
  const text = await readFile(file, "utf8");
  expect(text.startsWith("\uFEFFЗапись;Клиент;Ответственный;")).toBe(true);
  expect(text.split("\r\n").length).toBeGreaterThan(3);
  await page.getByRole("combobox", { name: "Что проверить" }).selectOption({ label: "Дубли клиентов" });
  await page.getByText("Дубли клиентов ещё не искали", { exact: false }).waitFor();
  await page.context().close();
});

// acceptance: QB-1
test.runIf(world.mock)("an administrator says what must be filled in, and how heavy it is", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.getByRole("link", { name: "Качество базы" }).click();
  await page.getByRole("link", { name: "Требования" }).click();
  const section = page.getByRole("region", { name: "Что должно быть заполнено" });
  await section.locator("summary", { hasText: "У людей" }).click();
  await section.getByRole("group", { name: "Портрет" }).getByRole("checkbox", { name: "Комментарий" }).check();
  await section.locator("details[open] summary", { hasText: "Вес полей" }).click();
  const weight = section.getByRole("spinbutton", { name: "Вес: Комментарий" });
  await weight.fill(String(Number(await weight.inputValue()) + 1)); // tried again, there is something to save as well
  await shoot(page, "quality-settings");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await section.getByText(/^Пересчитано/u).waitFor();
  await section.getByRole("button", { name: "Пересчитать" }).click();
  await section.getByText(/^Идёт\sпересчёт:\s128\sиз\s320$/u).waitFor();
  await section.getByRole("button", { name: "Остановить" }).click();
  await section.getByText(/^Пересчёт\sостановлен\sна\s40\s%\.$/u).waitFor();
  await section.getByRole("button", { name: "Продолжить" }).click();
  await section.getByText(/^Пересчитано/u).waitFor();
  await page.context().close();
});

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const field = document.activeElement;
    return (field instanceof HTMLSelectElement || field instanceof HTMLInputElement ? field.labels?.[0]?.textContent : field?.getAttribute("aria-label")) ?? "";
  });
}
