import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, pressRussian, shoot, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const rows = (page: Page) => page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem");

async function openList(path: string): Promise<Page> {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.goto(`${world.url}/inbox/${path}`);
  await rows(page).first().waitFor();
  return page;
}

// acceptance: DI-2
test.runIf(world.mock)("two accounts of one channel stand side by side, and each row says whose it is", async () => {
  const page = await openList("all");
  const sales = rows(page).filter({ hasText: "Бот продаж" });
  const support = rows(page).filter({ hasText: "Бот поддержки" });
  expect(await sales.count()).toBeGreaterThan(0);
  expect(await support.count()).toBeGreaterThan(0);
  // For the eye and for who listens alike, and in the list of one line as well.
  await rows(page).getByText("Бот поддержки").first().waitFor();
  expect(await support.first().getAttribute("aria-label")).toMatch(/, Telegram, Бот поддержки/u);
  await page.getByRole("button", { name: "Порядок и плотность" }).click();
  await page.getByRole("menuitemradio", { name: "Компактно" }).click();
  await rows(page).getByText("Бот поддержки").first().waitFor();

  // One of them alone, by the filter.
  await page.getByRole("button", { name: "Отбор" }).click();
  await page.getByRole("button", { name: /^Учётная запись/u }).click();
  await page.getByRole("checkbox", { name: /^Бот поддержки/u }).check();
  await expect.poll(() => sales.count()).toBe(0);
  expect(await support.count()).toBeGreaterThan(0);
  expect(new URL(page.url()).searchParams.get("account")).toBeTruthy();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Убрать отбор «Учётная запись: Бот поддержки»" }).click();
  await sales.first().waitFor();
  await page.context().close();
});

test.runIf(world.mock)("a view is saved, counts what it shows, is renamed, shared with colleagues and deleted", async () => {
  // Other tests leave views of their own behind.
  const name = `Новое ${randomUUID().slice(0, 8)}`;
  const page = await openList("all?unread=true&channel=telegram");
  const before = await rows(page).count();
  await page.getByRole("button", { name: "Сохранить вид" }).click();
  await page.getByRole("textbox", { name: "Название вида" }).fill(name);
  await page.getByRole("checkbox", { name: "Показывать всем сотрудникам" }).check();
  await page.getByRole("button", { name: "Сохранить", exact: true }).click();
  await page.waitForURL(/\/inbox\/v-/u);
  await expect.poll(() => rows(page).count()).toBe(before);
  const views = page.getByRole("navigation", { name: "Виды списка" });
  await views.getByRole("button", { name }).click();
  const link = page.getByRole("link", { name: new RegExp(`^Общий\\s*${name}`, "u") });
  await expect.poll(() => link.textContent()).toContain(String(before));
  await page.keyboard.press("Escape");

  // A change of it is not saved by itself; the address says all of it.
  await page.getByRole("button", { name: "Убрать отбор «С новыми сообщениями»" }).click();
  await page.getByRole("button", { name: "Вернуть как было" }).waitFor();
  const copy = await page.context().newPage();
  await copy.goto(page.url());
  await copy.getByRole("button", { name: "Вернуть как было" }).waitFor();
  await copy.close();
  await page.getByRole("button", { name: "Вернуть как было" }).click();

  const colleague = await openPage();
  await signIn(colleague, "/inbox/all", { login: "operator2", password: world.password });
  await colleague.goto(page.url());
  await rows(colleague).first().waitFor();
  await colleague.context().close();

  await views.getByRole("button", { name }).click();
  await page.getByRole("button", { name: "Настроить виды" }).click();
  const dialog = page.getByRole("dialog", { name: "Настроить виды" });
  const field = dialog.getByRole("listitem", { name, exact: true }).getByRole("textbox", { name: "Название вида" });
  await field.fill(`${name} и ждёт`);
  await field.press("Enter");
  const renamed = dialog.getByRole("listitem", { name: `${name} и ждёт`, exact: true });
  await renamed.getByRole("button", { name: "Удалить вид" }).click();
  await renamed.getByRole("button", { name: "Удалить вид" }).click();
  await expect.poll(() => renamed.count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByText("Этого вида больше нет.").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("several dialogs are taken and finished at once, what was refused stays and says why, Z takes it back", async () => {
  const page = await openList("unassigned");
  const unassigned = await rows(page).count();
  for (const key of ["j", "x", "Shift+J"]) await page.keyboard.press(key);
  const bar = page.getByRole("region", { name: "Выбранные диалоги" });
  await bar.getByText("Выбрано 2").waitFor();
  // Before the calls leave, a colleague takes one of the two.
  let refused = 0;
  await page.route(/TakeRequest$/u, async (route) => {
    refused += 1;
    if (refused === 1) await route.abort();
    else await route.continue();
  });
  await page.keyboard.press("t");
  await bar.getByText("Не получилось: 1").waitFor();
  await bar.getByText("Выбран 1").waitFor();
  await page.unroute(/TakeRequest$/u);
  await page.keyboard.press("t");
  await expect.poll(() => bar.count()).toBe(0);
  await expect.poll(() => rows(page).count()).toBe(unassigned - 2);
  await page.keyboard.press("z");
  await expect.poll(() => rows(page).count()).toBe(unassigned - 1);
  await page.context().close();
});

test.runIf(world.mock)("the menu of a row opens by its key on the Russian layout, and every single key can be off", async () => {
  const page = await openList("all");
  await pressRussian(page, "о", "KeyJ");
  await pressRussian(page, "ю", "Period");
  const menu = page.getByRole("menu");
  await menu.getByRole("menuitem", { name: /^Перенаправить/u }).or(menu.getByRole("menuitem", { name: "Открыть снова" })).first().waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("li[data-id]") !== null)).toBe(true);
  // G and a digit lead to the workplaces in the rail's order.
  await pressRussian(page, "п", "KeyG");
  await page.keyboard.press("Digit2");
  await page.waitForURL(/\/clients/u);
  await pressRussian(page, "п", "KeyG");
  await page.keyboard.press("Digit3");
  await page.waitForURL(/\/leads/u);
  await pressRussian(page, "п", "KeyG");
  await page.keyboard.press("Digit4");
  await page.waitForURL(/\/settings/u);
  await pressRussian(page, "п", "KeyG");
  await page.keyboard.press("Digit1");
  await page.waitForURL(/\/inbox/u);
  await rows(page).first().waitFor();
  await page.keyboard.press("Shift+Slash");
  const keys = page.getByRole("switch", { name: "Одиночные буквы работают как клавиши" });
  await keys.uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  expect(await page.evaluate(() => document.activeElement?.closest("li[data-id]") ?? null)).toBeNull();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Все действия и переходы" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Клавиши" }).click();
  await keys.check();
  await page.context().close();
});

test.runIf(world.mock)("the palette finds commands in either language and layout, and who has written", async () => {
  const page = await openList("all");
  const dialog = page.getByRole("dialog", { name: "Все действия и переходы" });
  const option = (name: RegExp) => dialog.getByRole("option", { name });
  for (const typed of ["поиск", "gjbcr", "search"]) {
    await pressRussian(page, "л", "KeyK");
    await page.keyboard.press("Control+k");
    await dialog.getByRole("combobox").fill(typed);
    await option(/^Поиск/u).first().waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog.count()).toBe(0);
  }
  await page.keyboard.press("Control+k");
  await dialog.getByRole("combobox").fill("Покупатель 3");
  await option(/^Покупатель 3/u).first().waitFor();
  await option(/^Покупатель 3/u).first().click();
  await page.getByRole("heading", { name: "Покупатель 3" }).first().waitFor();
  await page.context().close();
});

test.runIf(world.mock)("the palette finds what was written, and leads to the very message", async () => {
  const { write } = await import("./customer.ts");
  const word = `Рекламация${Date.now()}`;
  await write(`${word} по последней поставке`);
  const page = await openList("all");
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Все действия и переходы" });
  await dialog.getByRole("combobox").fill(word.toLowerCase());
  const found = dialog.getByRole("option", { name: new RegExp(`${word} по\\sпоследней поставке`, "u") });
  await found.first().waitFor();
  await shoot(page, "palette-messages");
  await found.last().click();
  await page.getByRole("log", { name: "Диалог" }).getByText(word).first().waitFor();
  expect(new URL(page.url()).searchParams.get("m")).toMatch(/^\d+$/u);
  await page.context().close();
});

test.runIf(world.mock)("nothing moves under the hand: what is new waits behind a button", async () => {
  const page = await openList("all");
  const order = (): Promise<string[]> => rows(page).evaluateAll((found) => found.map((row) => row.getAttribute("data-id") ?? ""));
  await rows(page).nth(3).hover();
  const before = await order();
  const { write } = await import("./customer.ts");
  await write(`Новое под рукой ${Date.now()}`);
  const waiting = page.getByRole("button", { name: "1 новый, показать" });
  // The demo customer may stand first already; then there is nothing to move.
  const first = await rows(page).first().getAttribute("aria-label");
  if (!/^Покупатель 1, Telegram/u.test(first ?? "")) {
    await waiting.waitFor();
    expect(await order()).toEqual(before);
    await waiting.click();
    await expect.poll(async () => (await rows(page).first().getAttribute("aria-label")) ?? "").toMatch(/^Покупатель 1, Telegram/u);
  }
  await page.context().close();
});
