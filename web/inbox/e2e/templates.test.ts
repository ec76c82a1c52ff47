import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });
const log = (page: Page) => page.getByRole("log", { name: "Диалог" });

/** A dialog whose reply window is over; only the services in memory close one on demand. */
async function closed(page: Page, name: string, words: string): Promise<void> {
  await signIn(page);
  await page.goto(`${world.url}/inbox/all?q=${encodeURIComponent(name)}`);
  await page.getByRole("listitem", { name: new RegExp(`^${name}, Telegram`, "u") }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  const take = page.getByRole("button", { name: "Взять", exact: true }).first();
  await take.or(page.getByRole("button", { name: "Завершить", exact: true })).first().waitFor();
  if (await take.isVisible()) await take.click();
  await field(page).fill(words);
  await field(page).press("Control+Enter");
  await page.getByText(/Свободный ответ канал принимал до/u).waitFor();
}

test.skipIf(!world.mock)("after the window a template goes, filled in by keyboard alone", async () => {
  const page = await openPage();
  await closed(page, "Покупатель 9", "До завтра #window");
  await page.getByRole("button", { name: "Шаблон канала" }).first().press("Enter");
  const dialog = page.getByRole("dialog", { name: "Шаблоны канала" });
  await dialog.getByRole("option").first().waitFor();
  expect(await dialog.getByRole("option").count(), "what cannot be filled is not there").toBe(5);
  const refused = dialog.getByRole("option", { name: /^too_loud/u });
  expect(await refused.textContent()).toMatch(/Не\sодобрен: INVALID_FORMAT/u);
  expect(await refused.getAttribute("aria-disabled")).toBe("true");
  await refused.click({ force: true });
  expect(await dialog.getByRole("option").count(), "it is shown, not picked").toBe(5);
  await dialog.getByRole("option").first().hover();
  const listed = await dialog.getByText(/^Список\sканала/u).textContent();
  await dialog.getByRole("button", { name: "Спросить у канала" }).click();
  await expect.poll(() => dialog.getByText(/^Список\sканала/u).textContent()).not.toBe(listed);
  await dialog.getByRole("combobox").focus();
  await page.keyboard.type("собран");
  await expect.poll(() => dialog.getByRole("option").count()).toBe(1);
  await shoot(page, "list");
  await page.keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: "order_ready" });
  expect(await form.getByRole("textbox", { name: "2. В тексте" }).inputValue(), "the client's name is there").toBe("Покупатель");
  await page.keyboard.press("Control+Enter");
  await form.getByText("Заполните").first().waitFor();
  expect(await form.getByRole("region", { name: "Как прочитает клиент" }).getByText("пусто").count()).toBe(3);
  await shoot(page, "gaps");
  await page.keyboard.type("1042");
  await form.getByRole("textbox", { name: "3. В тексте" }).fill("пятницы");
  await shoot(page, "filled");
  await page.keyboard.press("Control+Enter");
  await form.waitFor({ state: "detached" });
  const bubble = log(page).getByRole("article").filter({ hasText: "Покупатель, ваш заказ 1042 собран и ждёт в пункте выдачи до пятницы." });
  await bubble.getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor();
  await page.context().close();
});

test.skipIf(!world.mock)("a reply that came too late offers a template, which opens the picker", async () => {
  const page = await openPage();
  await closed(page, "Покупатель 11", "Опоздал #late");
  const late = log(page).getByRole("article").filter({ hasText: "Опоздал" }).last();
  await late.getByRole("button", { name: "Шаблоном" }).press("Enter");
  await page.getByRole("dialog", { name: "Шаблоны канала" }).getByRole("option").first().waitFor();
  await page.context().close();
});

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["OKNO_SCREENS"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${folder}/templates-${name}-${width}.png` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
