import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS, openPage, pressRussian, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Leads on the services in memory, which have a long list of them.

useBrowser();

const table = (page: Page) => page.getByRole("table", { name: "Лиды" });
const rows = (page: Page) => table(page).getByRole("rowgroup").last().getByRole("row");
const box = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first().click();

async function openList(page: Page, search = ""): Promise<void> {
  await signIn(page, "/leads");
  if (search) await page.goto(`${world.url}/leads${search}`);
  await rows(page).first().waitFor();
}

/** Rows that do not say it. */
const others = (page: Page, text: string) => rows(page).filter({ hasNotText: text }).count();

async function make(page: Page, name: string, phone: string): Promise<void> {
  await page.goto(`${world.url}/leads`);
  await press(page, "Новый лид");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Компания" }).check();
  await dialog.getByRole("textbox", { name: "Имя или название" }).fill(name);
  await dialog.getByRole("textbox", { name: "Значение" }).fill(phone);
  await dialog.getByRole("button", { name: "Создать лид" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

// acceptance: LD-6
test.runIf(world.mock)("the list draws what is seen of many, is narrowed, ordered, and walked by keys", async () => {
  const page = await openPage();
  await openList(page);
  await page.getByText(/^Показано\s100$/u).waitFor();
  expect(await rows(page).count(), "only what is seen is drawn").toBeLessThan(60);
  await shoot(page, "leads-list");
  for (let n = 0; n < 3; n += 1) await pressRussian(page, "о", "KeyJ");
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[role=row]")?.getAttribute("aria-rowindex"))).toBe("4");
  const opened = await page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: opened, level: 1 }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Лиды" }).click();
  await table(page).getByRole("link", { name: opened, exact: true }).waitFor();

  const states = page.getByRole("group", { name: "Состояние" });
  await states.getByRole("button", { name: "Новый", exact: true }).click();
  await states.getByRole("button", { name: "Повторный" }).click();
  await states.getByRole("button", { name: "Отклонён" }).click();
  expect(new URL(page.url()).searchParams.get("state")).toBe("declined");
  await expect.poll(() => others(page, "Отклонён")).toBe(0);
  await press(page, "Сбросить отбор");
  await press(page, "Ничьи");
  await page.getByRole("combobox", { name: "Никто не занимается" }).selectOption("30");
  await expect.poll(() => new URL(page.url()).searchParams.get("silent")).toBe("30");
  await expect.poll(() => others(page, "Ничей")).toBe(0);
  await page.getByRole("combobox", { name: "Порядок" }).selectOption({ label: "Больше баллов" });
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Порядок" }).blur();
  await page.keyboard.press("/");
  await page.keyboard.type("такого никто не писал");
  await page.getByText("По этому отбору никого нет.").waitFor();
  await press(page, "Сбросить отбор");
  await page.getByText(/^Показано\s100$/u).waitFor();
  for (const look of LOOKS) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    expect(await violations(page), look.name).toEqual([]);
  }
  await page.context().close();
});

// acceptance: LD-1
test.runIf(world.mock)("a lead is made, changed, declined, opened again, and asked about before it becomes a client that it points at", async () => {
  const page = await openPage();
  await openList(page);
  const name = `Проба ${Date.now()}`;
  await make(page, name, "+7 999 000-09-02");
  await shoot(page, "leads-card-new");
  await press(page, "Изменить");
  await box(page, "Комментарий").fill("Просит договор");
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await page.locator("summary").first().click();
  await page.getByText("Просит счёт").waitFor();
  await page.getByText("+30").waitFor();
  await page.getByRole("region", { name: "История" }).getByText("Просит договор").waitFor();
  expect(await violations(page)).toEqual([]);
  await shoot(page, "leads-card");

  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Отклонить" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Отклонить" }).click();
  await dialog.getByText("Заполните поле").waitFor();
  await dialog.getByRole("textbox").fill("Передумали");
  await dialog.getByRole("button", { name: "Отклонить" }).click();
  await page.getByText("Причина отклонения: Передумали").first().waitFor();
  await press(page, "Открыть снова");
  // Only what is open can be changed.
  await press(page, "Изменить");
  await page.getByRole("link", { name: "К лиду" }).click();

  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Сделать клиентом" }).click();
  await dialog.getByRole("radio", { name: "Новый клиент — компания" }).check();
  await shoot(page, "leads-convert");
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Сделать клиентом" }).click();
  // Whether somebody may be the same is the company's to ask.
  const anyway = dialog.getByRole("button", { name: "Всё равно создать" });
  await anyway.or(page.getByText(`Стал клиентом: ${name}.`)).first().waitFor();
  if (await anyway.isVisible()) {
    await shoot(page, "leads-likely");
    await anyway.click();
  }
  await page.getByText(`Стал клиентом: ${name}.`).waitFor();
  await page.getByRole("link", { name: "Открыть клиента" }).first().click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/clients\//u);
  // Others count the samples.
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "В архив" }).click();
  await page.getByText("Клиент в\u00a0архиве.").first().waitFor();
  await page.context().close();
});

// acceptance: CL-11, LD-6
test.runIf(world.mock)("a lead joins a client that is there, and merges into another lead; who comes late is told", async () => {
  const page = await openPage();
  await openList(page);
  await make(page, `Первый ${Date.now()}`, "+7 999 000-00-71");
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Присоединить к клиенту…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox").fill("Пример 31");
  await dialog.getByRole("option", { name: /Пример 31»/u }).first().click();
  await dialog.getByRole("button", { name: "Присоединить", exact: true }).click();
  await page.getByText(/^Стал клиентом: ООО «Пример 31»/u).waitFor();

  const second = `Второй ${Date.now()}`;
  await make(page, second, "+7 999 000-00-72");
  const third = `Третий ${Date.now()}`;
  await make(page, third, "+7 999 000-00-73");
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Объединить с лидом…" }).click();
  await dialog.getByRole("combobox").fill(second);
  await dialog.getByRole("option", { name: second }).click();
  await dialog.getByRole("button", { name: "Объединить" }).click();
  await page.getByRole("heading", { name: second, level: 1 }).waitFor();
  await page.getByRole("region", { name: "Контактные данные" }).getByText("+7 999 000-00-73").waitFor();

  // Two have the form open; the one who saves later sees what the other wrote.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await press(other, "Изменить");
  await box(other, "Источник").fill("Выставка");
  await press(page, "Изменить");
  await box(page, "Источник").fill("Сайт");
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await other.getByText("Источник: там «Сайт», у вас «Выставка».").waitFor();
  await press(other, "Взять их значение");
  await page.context().close();
});

// acceptance: CL-11
test.runIf(world.mock)("whoever makes a client that is there already is shown whom, and joins the lead to them", async () => {
  const page = await openPage();
  await openList(page);
  await askOnSaving(page, true);
  await make(page, `Похожий ${Date.now()}`, "+7 999 00-00-123");
  await press(page, "Другие действия");
  await page.getByRole("menuitem", { name: "Сделать клиентом" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Сделать клиентом" }).click();
  const closed = dialog.getByRole("listitem").filter({ hasText: "Клиент, которого вам не видно" });
  await closed.getByText("Совпадает: телефон").waitFor();
  expect(await closed.getByRole("button").count(), "what one may not see cannot be joined").toBe(0);
  await dialog.getByRole("button", { name: "Всё равно создать" }).waitFor();
  await shoot(page, "leads-likely");
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Присоединить: ООО «Пример 123»" }).click();
  await page.getByText("Стал клиентом: ООО «Пример 123».").waitFor();
  // Others make clients without being asked.
  await askOnSaving(page, false);
  await page.context().close();
});

// acceptance: LD-6
test.runIf(world.mock)("an administrator orders the rules of points by keys, counts what a cleaning would erase, and erases it", async () => {
  const page = await openPage();
  await signIn(page, "/settings/leads");
  const rules = page.getByRole("list", { name: "Правила баллов" });
  await rules.getByRole("listitem").nth(2).waitFor();
  const names = () => rules.getByRole("textbox", { name: "Название" }).evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
  const [first = "", next = ""] = await names();
  await rules.getByRole("textbox", { name: "Название" }).first().focus();
  await page.keyboard.press("Alt+ArrowDown");
  await expect.poll(async () => (await names()).slice(0, 2)).toEqual([next, first]);
  await rules.getByRole("button", { name: `Выше: ${first}` }).click();
  await expect.poll(async () => (await names()).slice(0, 2)).toEqual([first, next]);
  await press(page, "Добавить правило");
  await page.keyboard.press("Control+s");
  await page.getByText("Заполните поле").waitFor();
  await page.keyboard.type("Пришёл из Директа");
  await rules.getByRole("combobox", { name: "Условие" }).last().selectOption({ label: "Источник содержит" });
  await rules.getByRole("textbox", { name: "Значения" }).last().fill("директ, реклама");
  await shoot(page, "leads-settings");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();

  await box(page, "Без событий, месяцев").fill("2");
  await press(page, "Посчитать");
  await page.getByRole("table", { name: "Посчитать" }).waitFor();
  await press(page, (await page.getByRole("button", { name: /^Стереть/u }).textContent()) ?? "");
  await shoot(page, "leads-erase");
  await page.getByRole("dialog").getByRole("button", { name: /^Стереть/u }).click();
  await page.getByRole("group", { name: "Последняя очистка" }).getByText(/^Закончена .+: стёрто \d+/u).waitFor();
  await press(page, "Посчитать");
  await page.getByText("Таких лидов нет.").waitFor();
  await shoot(page, "leads-cleaned");
  await page.context().close();
});

async function askOnSaving(page: Page, on: boolean): Promise<void> {
  await page.goto(`${world.url}/clients/duplicates?tab=rules`);
  const flag = page.getByRole("checkbox", { name: /^Спрашивать о\sвероятных дублях/u });
  await flag.waitFor();
  if ((await flag.isChecked()) === on) return;
  await flag.setChecked(on);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").last().waitFor();
}
