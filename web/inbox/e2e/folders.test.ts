import { mkdirSync } from "node:fs";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS, openPage, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

let server: PreviewServer | undefined;
let address = "";

// A world with a mailbox of its own: others count rows that stand without it.
beforeAll(async () => {
  if (!world.mock) return;
  Object.assign(process.env, { VITE_MOCK: "1", MOCK_LETTERS: "http://127.0.0.1:9" });
  server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
  address = (server.resolvedUrls?.local[0] ?? "").replace(/\/+$/u, "");
});
afterAll(async () => {
  delete process.env["MOCK_LETTERS"];
  await server?.close();
});

const folders = (page: Page) => page.getByRole("region", { name: "Папки", exact: true });
const rules = (page: Page) => page.getByRole("region", { name: "Правила сортировки" });
const folder = (page: Page, name: string) => folders(page).getByRole("listitem", { name, exact: true });

async function openMailbox(page: Page): Promise<void> {
  await signIn(page, "/settings/channels", world, address);
  await page.goto(`${address}/settings/channels`);
  await page.getByRole("link", { name: "Почта отдела продаж" }).click();
  await folder(page, "Входящие").waitFor();
}

async function addFolder(page: Page, name: string, inside = ""): Promise<void> {
  if (inside) await folder(page, inside).getByRole("button", { name: `Новая папка внутри «${inside}»` }).click();
  else await folders(page).getByRole("button", { name: "Новая папка", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Новая папка" });
  await dialog.getByRole("textbox", { name: "Название" }).fill(name);
  await page.keyboard.press("Enter");
  await folder(page, name).waitFor();
}

test.skipIf(!world.mock)("folders are made, nested, renamed and deleted; rules are built, ordered, saved and run again", async () => {
  const page = await openPage();
  await openMailbox(page);
  await addFolder(page, "Счета");
  await addFolder(page, "Акты", "Счета");
  await folder(page, "Акты").getByRole("button", { name: "Изменить папку «Акты»" }).click();
  const change = page.getByRole("dialog", { name: "Изменить папку «Акты»" });
  await change.getByRole("textbox", { name: "Название" }).fill("Срочное");
  await change.getByRole("combobox", { name: "Находится в" }).selectOption({ label: "На верхнем уровне" });
  await change.getByRole("button", { name: "Сохранить" }).click();
  await folder(page, "Срочное").waitFor();
  await addFolder(page, "Лишнее");
  await folder(page, "Лишнее").getByRole("button", { name: /^Удалить папку/u }).click();
  await page.getByRole("dialog", { name: "Удалить папку «Лишнее»" }).getByRole("button", { name: "Удалить" }).click();
  await expect.poll(() => folder(page, "Лишнее").count()).toBe(0);

  await rules(page).getByText("Правил нет", { exact: false }).waitFor();
  await rules(page).getByRole("button", { name: "Новое правило" }).click();
  const first = rules(page).getByRole("listitem").first();
  await rules(page).getByRole("button", { name: "Сохранить" }).click();
  await rules(page).getByText("Заполните условия и папку", { exact: false }).first().waitFor();
  await first.getByRole("textbox", { name: "Значение" }).fill("счет");
  await first.getByRole("combobox", { name: "В папку" }).selectOption({ label: "Счета" });
  await first.getByRole("button", { name: "Группа" }).click();
  await first.getByRole("combobox", { name: "Подходит, если выполнено" }).last().selectOption({ label: "любое условие" });
  await first.getByRole("textbox", { name: "Значение" }).last().fill("поставк");
  await rules(page).getByRole("button", { name: "Новое правило" }).click();
  const second = rules(page).getByRole("listitem").nth(1);
  await second.getByRole("textbox", { name: "Название (можно не заполнять)" }).fill("Срочные");
  await second.getByRole("textbox", { name: "Значение" }).fill("срочно");
  await second.getByRole("combobox", { name: "В папку" }).selectOption({ label: "Срочное" });
  await shoot(page, "rules");
  await rules(page).getByRole("button", { name: "Выше: Срочные" }).press("Enter");
  await expect.poll(() => rules(page).getByRole("listitem").first().textContent()).toMatch(/^1\. Срочные/u);
  expect(await rules(page).getByText("изменено").count(), "what is not saved is marked").toBe(2);
  expect(await rules(page).getByRole("button", { name: "Применить к папке" }).count(), "nothing is saved yet").toBe(0);
  await page.keyboard.press("Control+s");
  await page.getByText("Правила сохранены.").first().waitFor();

  await rules(page).getByRole("button", { name: "Применить к папке" }).click();
  const run = page.getByRole("dialog", { name: "Применить правила к папке" });
  await shoot(page, "run");
  await run.getByRole("button", { name: "Применить", exact: true }).click();
  await run.getByText(/^Готово: просмотрено\s3, перемещено\s2/u).waitFor();
  await shoot(page, "done");
  await run.getByRole("button", { name: "Закрыть" }).last().click();
  await folder(page, "Счета").getByText(/1\sдиалог/u).waitFor();
  await shoot(page, "tree");
  await folder(page, "Счета").getByRole("button", { name: /^Удалить папку/u }).click();
  const remove = page.getByRole("dialog", { name: "Удалить папку «Счета»" });
  await remove.getByRole("button", { name: "Удалить" }).click();
  await remove.getByText("В эту папку сортируют правила", { exact: false }).waitFor();
  await page.keyboard.press("Escape");
  for (const { viewport, colorScheme } of LOOKS.filter(({ whole }) => whole)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  await page.context().close();
});

test.skipIf(!world.mock)("a dialog is moved by key, taken back, and the list of a folder follows", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, address);
  await page.goto(`${address}/inbox/all?channel=email`);
  const row = page.getByRole("listitem", { name: /hostile/u });
  await row.press("Enter");
  await page.getByRole("log", { name: "Диалог" }).getByRole("article").first().waitFor();
  // A letter's field, so its account is known: before that no key moves it.
  await page.locator("button#composer").waitFor();
  await page.keyboard.press("v");
  const dialog = page.getByRole("dialog", { name: "Переместить в папку" });
  expect(await dialog.getByRole("option", { name: /^Входящие/u }).getAttribute("aria-disabled"), "it lies there").toBe("true");
  await shoot(page, "move");
  await page.keyboard.type("спам");
  await page.keyboard.press("Enter");
  await page.getByText(/^Перемещено\sв\s«Спам»:\s1/u).first().waitFor();

  await page.getByRole("button", { name: "Отбор", exact: true }).click();
  await page.getByRole("button", { name: /^Папка/u }).click();
  await page.getByRole("checkbox", { name: "Спам" }).check();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator("li[data-id]").count()).toBe(1);
  await row.waitFor();
  await shoot(page, "filter");
  await row.click({ button: "right" });
  await page.getByRole("menuitem", { name: /^Переместить\sв\sпапку/u }).click();
  await page.getByRole("dialog", { name: "Переместить в папку" }).getByRole("option", { name: "Входящие" }).click();
  await expect.poll(() => row.count()).toBe(0);
  await page.keyboard.press("z");
  await row.waitFor();
  // Several at once, of one mailbox.
  await page.goto(`${address}/inbox/all?channel=email`);
  await row.waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Control+a");
  await page.getByRole("region", { name: "Выбранные диалоги" }).getByRole("button", { name: /^Переместить\sв\sпапку/u }).click();
  await dialog.getByRole("option", { name: "Удалённые" }).click();
  await page.getByText(/^Перемещено\sв\s«Удалённые»:\s3/u).first().waitFor();
  await page.context().close();
});

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["OKNO_SCREENS"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${folder}/folders-${name}-${width}.png` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
