import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS, openPage, pressRussian, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Clients on the services in memory, which have a long list of them; one is filled in whole.

useBrowser();

const table = (page: Page) => page.getByRole("table", { name: "Клиенты" });
const rows = (page: Page) => table(page).getByRole("rowgroup").last().getByRole("row");
const box = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const WHOLE = "Пример, склад на Примерной";

async function openList(page: Page, search = ""): Promise<void> {
  await signIn(page, "/clients");
  if (search) await page.goto(`${world.url}/clients${search}`);
  await rows(page).first().waitFor();
}

async function openWhole(page: Page): Promise<void> {
  await openList(page, `?q=${encodeURIComponent(WHOLE)}`);
  await page.getByRole("link", { name: WHOLE }).click();
  await page.getByRole("heading", { name: WHOLE, level: 1 }).waitFor();
}

test.runIf(world.mock)("the list draws what is seen of many, narrows, orders, keeps columns and views, and walks by keys", async () => {
  const page = await openPage();
  await openList(page);
  await page.getByText(/^Показано\s100$/u).waitFor();
  expect(await rows(page).count(), "only what is seen is drawn").toBeLessThan(60);
  await shoot(page, "clients-list");
  for (let n = 0; n < 3; n += 1) await pressRussian(page, "о", "KeyJ");
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[role=row]")?.getAttribute("aria-rowindex"))).toBe("4");
  // Other tests make clients, too.
  const said = page.getByRole("status").filter({ hasText: /^\d+\sклиент/u });
  await expect
    .poll(async () => {
      await page.keyboard.press("End");
      return said.count();
    })
    .toBe(1);
  const all = Number.parseInt(await said.innerText(), 10);
  expect(all).toBeGreaterThanOrEqual(320);
  await page.keyboard.press("End");
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[role=row]")?.getAttribute("aria-rowindex"))).toBe(String(all + 1));
  const opened = await page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: opened, level: 1 }).waitFor();
  await page.getByRole("link", { name: "Клиенты" }).last().click();
  await table(page).getByRole("link", { name: opened }).waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("пример 30");
  await expect.poll(() => rows(page).count()).toBeLessThan(15);
  await page.getByRole("button", { name: "Отбор", exact: true }).click();
  await page.locator("summary", { hasText: "Состояние работы" }).click();
  await page.getByRole("checkbox", { name: "Потерян" }).check();
  await shoot(page, "clients-filter");
  await page.keyboard.press("Escape");
  await page.getByRole("list", { name: "Выбранный отбор" }).getByText("Состояние работы: Потерян").waitFor();
  expect(new URL(page.url()).searchParams.get("status")).toContain("3");
  const narrowed = await rows(page).count();
  expect(narrowed).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Виды" }).click();
  await box(page, "Название вида").fill("Потерянные");
  await page.keyboard.press("Enter");
  await page.getByText("Вид сохранён.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Сбросить отбор" }).click();
  // All of them were walked to before, and are known still.
  await said.filter({ hasText: String(all) }).waitFor();
  await page.getByRole("button", { name: "Виды" }).click();
  await page.getByRole("button", { name: "Потерянные", exact: true }).click();
  await expect.poll(() => rows(page).count()).toBe(narrowed);

  await page.getByRole("button", { name: "Столбцы" }).click();
  await page.getByRole("checkbox", { name: "ИНН" }).check();
  await page.keyboard.press("Escape");
  await table(page).getByRole("columnheader", { name: "ИНН" }).waitFor();
  await page.reload();
  await table(page).getByRole("columnheader", { name: "ИНН" }).waitFor();
  await page.getByRole("searchbox", { name: "Найти клиента" }).fill("нет такого");
  await page.getByText("Никто не подходит под отбор").waitFor();
  await page.context().close();
});

// acceptance: CL-8, CL-10
test.runIf(world.mock)("a card says at a glance who it is, how to reach them, what is open and what has changed", async () => {
  const page = await openPage();
  await openWhole(page);
  const main = page.getByRole("main");
  await main.getByText(/Компания · ответственный: Оператор\s1 · с\s\d{4}\sгода · у\sклиента\s\d\d:\d\d/u).waitFor();
  expect(await main.getByRole("link", { name: "+7 999 000-00-02" }).first().getAttribute("href")).toBe("tel:+79990000002");
  expect(await main.getByRole("link", { name: "client.example", exact: true }).getAttribute("href")).toBe("https://client.example");
  const people = page.getByRole("region", { name: /^2\sконтактных\sлица$/u });
  await people.getByRole("listitem").filter({ hasText: "Примерова Анна Сергеевна" }).getByText("Директор").waitFor();
  await people.getByRole("button", { name: /^В\sархиве 1$/u }).click();
  await people.getByText("Бывалова Вера").waitFor();
  await page.getByRole("region", { name: "История изменений" }).getByText("Состояние работы").waitFor();
  await page.getByRole("region", { name: "Договоры" }).getByText("Договор № 118-П от 03.02.2025").waitFor();
  await page.getByRole("region", { name: "Свои поля" }).getByText("Большой").waitFor();
  await shoot(page, "clients-card");
  await page.context().close();
});

test.runIf(world.mock)("a card is changed by a form; what a colleague changed meanwhile is told, what is wrong stands at its field", async () => {
  const page = await openPage();
  await openList(page, `?q=${encodeURIComponent("Пример 22")}`);
  await page.getByRole("link", { name: "ООО «Пример 22»" }).click();
  await page.getByRole("button", { name: "Изменить" }).first().click();
  await box(page, "Рабочее название").fill("Двадцать второй");
  await box(page, "ИНН").fill("1234567890");
  await page.keyboard.press("Control+s");
  await page.getByText("ИНН компании: 10 цифр, проверьте их").waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-invalid"))).toBe("true");
  await box(page, "ИНН").fill("1234567894");
  await box(page, "ОКПО").fill("00000000");
  await page.keyboard.press("Control+s");
  await expect.poll(() => box(page, "ОКПО").getAttribute("aria-invalid")).toBe("true");
  await box(page, "ОКПО").fill("12345678");
  await shoot(page, "clients-edit");

  const other = await openPage();
  await signIn(other, "/clients", { login: "operator2", password: world.password });
  await other.goto(page.url());
  await box(other, "Рабочее название").fill("Название коллеги");
  await other.getByLabel("Комментарий").last().fill("Слова коллеги");
  await other.keyboard.press("Control+s");
  await other.getByText("Сохранено.").waitFor();
  await page.getByText(/Рабочее название, Комментарий|Комментарий, Рабочее название/u).waitFor();
  await page.getByText("Название коллеги", { exact: false }).first().waitFor();
  expect(await box(page, "Рабочее название").inputValue(), "ours stays until its writer decides").toBe("Двадцать второй");
  expect(await page.getByLabel("Комментарий").last().inputValue(), "what was not touched follows").toBe("Слова коллеги");
  await shoot(page, "clients-clash");
  await page.keyboard.press("Control+s");
  await page.getByRole("heading", { name: "Двадцать второй", level: 1 }).waitFor();
  await page.getByRole("region", { name: "История изменений" }).getByText("1234567894").waitFor();

  // Nothing written is left without a question.
  await page.getByRole("button", { name: "Изменить" }).first().click();
  await box(page, "Рабочее название").fill("Забытое");
  await page.goBack();
  await page.getByRole("dialog").getByRole("button", { name: "Остаться" }).click();
  expect(await box(page, "Рабочее название").inputValue()).toBe("Забытое");
  for (const one of [page, other]) await one.context().close();
});

test.runIf(world.mock)("clients are created, get people and contracts, are archived and come back", async () => {
  const page = await openPage();
  await openList(page);
  await page.getByRole("link", { name: "Новый клиент" }).click();
  await page.getByRole("button", { name: "Создать клиента" }).click();
  await page.getByText("Заполните поле").first().waitFor();
  await shoot(page, "clients-new");
  await page.getByRole("radio", { name: "Человек" }).check();
  await box(page, "Фамилия").fill("Новикова");
  await box(page, "Имя").fill("Мария");
  await page.getByRole("group", { name: "Контактные данные" }).getByRole("button", { name: "Добавить" }).click();
  await box(page, "Значение").fill("+7 999 000-09-09");
  await page.getByRole("button", { name: "Метка" }).click();
  await page.keyboard.type("Новая метка");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Убрать: Новая метка" }).waitFor();
  await page.getByRole("button", { name: "Создать клиента" }).click();
  await page.getByRole("heading", { name: "Новикова Мария", level: 1 }).waitFor();
  await page.getByRole("main").getByText("Новая метка").waitFor();
  await page.getByRole("region", { name: "Договоры" }).getByText("Договор без номера").waitFor();

  await page.getByRole("button", { name: "Добавить контактное лицо" }).click();
  const person = page.getByRole("dialog", { name: "Новое контактное лицо" });
  await person.getByRole("button", { name: "Добавить контактное лицо" }).click();
  await person.getByText("Заполните имя или фамилию").waitFor();
  await box(page, "Фамилия").fill("Помощников");
  await page.keyboard.press("Escape");
  await person.getByRole("button", { name: "Остаться" }).click();
  await person.getByRole("combobox", { name: "Должность" }).selectOption({ label: "Закупщик" });
  await shoot(page, "clients-contact");
  await person.getByRole("button", { name: "Добавить контактное лицо" }).click();
  await person.waitFor({ state: "detached" });
  const people = page.getByRole("region", { name: /контактное\sлицо$/u });
  await people.getByRole("listitem").filter({ hasText: "Помощников" }).getByText("основное").waitFor();
  await people.getByRole("button", { name: "Действия: Помощников" }).click();
  await page.getByRole("menuitem", { name: "В архив" }).click();
  await page.getByText("Контактное лицо в архиве.").waitFor();
  await page.keyboard.press("z");
  await people.getByText("Помощников").waitFor();

  await page.getByRole("button", { name: "Добавить договор" }).click();
  const contract = page.getByRole("dialog", { name: "Новый договор" });
  await box(page, "Номер").fill("7");
  await box(page, "Валюта").fill("руб");
  await contract.getByRole("button", { name: "Добавить договор" }).click();
  await contract.getByText("Три буквы, например RUB").waitFor();
  await box(page, "Валюта").fill("rub");
  await contract.getByRole("checkbox", { name: /^Основной/u }).check();
  await contract.getByRole("button", { name: "Добавить договор" }).click();
  await contract.waitFor({ state: "detached" });
  const contracts = page.getByRole("region", { name: "Договоры" });
  await expect.poll(() => contracts.getByText("основной", { exact: true }).count()).toBe(1);
  await contracts.getByRole("listitem").filter({ hasText: "Договор № 7" }).getByText("основной", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Другие действия" }).click();
  await page.getByRole("menuitem", { name: "В архив" }).click();
  await page.getByText(/Клиент в\sархиве: его нет/u).waitFor();
  expect(await page.getByRole("button", { name: "Добавить договор" }).count()).toBe(0);
  await page.getByRole("button", { name: "Вернуть из архива" }).click();
  await page.getByRole("button", { name: "Изменить" }).first().waitFor();
  await page.goto(`${world.url}/clients/00000000-0000-7000-8000-000000000000`);
  await page.getByText("Такого клиента нет, или он вам не виден.").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("directories, own fields and access levels are kept by administrators, and cards offer them", async () => {
  const page = await openPage();
  await signIn(page, "/settings/directories");
  await page.getByRole("combobox", { name: "Справочник" }).selectOption({ label: "Отрасли" });
  const list = page.getByRole("region", { name: "Отрасли" });
  await list.getByRole("button", { name: "Добавить значение" }).click();
  const dialog = page.getByRole("dialog", { name: "Добавить значение" });
  await box(page, "Название").fill("торговля");
  await page.keyboard.press("Enter");
  await dialog.getByText("Такое название уже есть.").waitFor();
  await box(page, "Название").fill("Связь");
  await page.keyboard.press("Enter");
  await list.getByRole("listitem", { name: "Связь" }).waitFor();
  await list.getByRole("listitem", { name: "Связь" }).getByRole("button", { name: "В архив" }).click();
  await list.getByRole("listitem", { name: "Связь" }).getByRole("button", { name: "Вернуть из архива" }).click();
  await list.getByRole("listitem", { name: "Связь" }).getByRole("button", { name: "В архив" }).waitFor();
  await shoot(page, "clients-directories");

  await page.getByRole("link", { name: "Карточки клиентов" }).click();
  const fields = page.getByRole("region", { name: "Свои поля клиентов" });
  await fields.getByRole("button", { name: "Добавить поле" }).click();
  const field = page.getByRole("dialog", { name: "Добавить поле" });
  await box(page, "Название").fill("Цвет вывески");
  await field.getByRole("combobox", { name: "Тип" }).selectOption({ label: "Список" });
  await field.getByRole("button", { name: "Добавить поле" }).click();
  await field.getByText("Нужен хотя бы один вариант").waitFor();
  await field.getByRole("button", { name: "Добавить вариант" }).click();
  await box(page, "Вариант 1").fill("Синий");
  await field.getByRole("button", { name: "Добавить поле" }).click();
  await fields.getByRole("listitem", { name: "Цвет вывески" }).waitFor();
  const levels = page.getByRole("region", { name: "Уровни доступа" });
  await levels.getByRole("button", { name: "Добавить уровень доступа" }).click();
  const level = page.getByRole("dialog", { name: "Добавить уровень доступа" });
  await box(page, "Название").fill("Новый уровень");
  await level.getByRole("checkbox", { name: "Поддержка", exact: true }).check();
  await level.getByRole("button", { name: "Добавить уровень доступа" }).click();
  await levels.getByRole("listitem", { name: "Новый уровень" }).getByText("Поддержка").waitFor();
  await page.getByRole("checkbox", { name: /^Клиентов видят не\sвсе/u }).check();
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").last().waitFor();
  await expect.poll(() => page.getByRole("group", { name: /^Не сохранено/u }).count()).toBe(0);
  await shoot(page, "clients-cards");

  await page.goto(`${world.url}/clients/new`);
  await page.getByText("Остальные поля").click();
  await page.getByRole("combobox", { name: "Отрасль" }).selectOption({ label: "Связь" });
  await page.getByRole("combobox", { name: "Цвет вывески" }).selectOption({ label: "Синий" });
  await page.getByRole("checkbox", { name: "Новый уровень" }).check();
  await box(page, "Название").fill("ООО «С вывеской»");
  await page.getByRole("button", { name: "Создать клиента" }).click();
  await page.getByRole("region", { name: "Свои поля" }).getByText("Синий").waitFor();
  await page.goto(`${world.url}/settings/cards`);
  await page.getByRole("checkbox", { name: /^Клиентов видят не\sвсе/u }).uncheck();
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").last().waitFor();
  await page.context().close();

  const other = await openPage();
  await signIn(other, "/settings/cards", { login: "operator2", password: world.password });
  await other.getByText("Это меняют администраторы.").waitFor();
  expect(await other.getByRole("button", { name: "Добавить поле" }).count()).toBe(0);
  await other.context().close();
});

test.runIf(world.mock)("axe finds nothing on the pages of clients", async () => {
  for (const { name, viewport, colorScheme } of LOOKS.filter(({ whole }) => whole)) {
    const page = await openPage({ viewport, colorScheme });
    await openList(page);
    expect.soft(await violations(page), `list, ${name}`).toEqual([]);
    await openWhole(page);
    await page.getByRole("region", { name: "История изменений" }).getByRole("listitem").first().waitFor();
    expect.soft(await violations(page), `card, ${name}`).toEqual([]);
    await page.getByRole("button", { name: "Изменить" }).first().click();
    await box(page, "ИНН").waitFor();
    expect.soft(await violations(page), `form, ${name}`).toEqual([]);
    await page.goto(`${world.url}/clients/new`);
    await page.getByRole("button", { name: "Создать клиента" }).waitFor();
    expect.soft(await violations(page), `new, ${name}`).toEqual([]);
    await page.context().close();
  }
});

test.runIf(world.mock)("fields of one's own narrow the list, stand in the address and in a saved view", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.getByRole("button", { name: "Отбор", exact: true }).click();
  const budget = page.getByRole("group").filter({ hasText: "Бюджет на год, тысяч рублей" }).last();
  await page.getByText("Бюджет на год, тысяч рублей", { exact: true }).click();
  await budget.getByRole("textbox", { name: "От" }).fill("1");
  const chosen = page.getByRole("list", { name: "Выбранный отбор" });
  await chosen.getByText("Бюджет на год, тысяч рублей: ≥ 1").waitFor();
  await shoot(page, "clients-own-filter");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect.poll(() => rows(page).count()).toBeLessThan(5);
  await page.reload();
  await chosen.getByText("Бюджет на год, тысяч рублей: ≥ 1").waitFor();
  await page.getByRole("button", { name: "Отбор", exact: true }).click();
  await budget.getByRole("combobox", { name: "Бюджет на\u00a0год, тысяч рублей: условие" }).selectOption({ label: "не заполнено" });
  await chosen.getByText("Бюджет на год, тысяч рублей: не заполнено").waitFor();
  await expect.poll(() => rows(page).count()).toBeGreaterThan(5);
  await page.keyboard.press("Escape");
  await chosen.getByRole("button", { name: /Бюджет на/u }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("own")).toBe(null);
  await page.context().close();
});
