import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { LOOKS, openPage, pressRussian, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Doubles on the services in memory: three groups among the samples, of which one holds a client that nobody may open.

useBrowser();

const box = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const compared = (page: Page) => page.getByRole("region", { name: "Сравнение клиентов" });

async function askOnSaving(page: Page, on: boolean): Promise<void> {
  await page.goto(`${world.url}/clients/duplicates?tab=rules`);
  const flag = page.getByRole("checkbox", { name: /^Спрашивать о\sвероятных дублях/u });
  await flag.waitFor();
  if ((await flag.isChecked()) === on) return;
  await flag.setChecked(on);
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").last().waitFor();
}

// acceptance: DD-2, DD-3
test.runIf(world.mock)("whoever saves a client that is there already is shown whom, and goes on or opens that one", async () => {
  const page = await openPage();
  await signIn(page, "/clients/duplicates");
  await askOnSaving(page, true);
  await page.goto(`${world.url}/clients/new`);
  await box(page, "Название").fill("Третий пример");
  await page.getByRole("group", { name: "Контактные данные" }).getByRole("button", { name: "Добавить" }).click();
  await box(page, "Значение").fill("+7 999 00-00-123");
  await page.getByRole("button", { name: "Создать клиента" }).click();
  const dialog = page.getByRole("dialog", { name: "Похоже, такой клиент уже есть" });
  const closed = dialog.getByRole("listitem").filter({ hasText: "Клиент, которого вам не видно" });
  await closed.getByText("Совпало: телефон").waitFor();
  await closed.getByText("попросите доступ у администратора", { exact: false }).waitFor();
  expect(await closed.getByRole("button").count(), "what one may not see cannot be opened").toBe(0);
  expect(await dialog.getByText("Закрытый пример").count()).toBe(0);
  const known = dialog.getByRole("listitem").filter({ hasText: "ООО «Пример 123»" });
  await known.getByText(/^Ответственный: Оператор\s\d$/u).waitFor();
  await shoot(page, "doubles-candidates");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await box(page, "Название").inputValue(), "nothing written is lost").toBe("Третий пример");
  await page.getByRole("button", { name: "Создать клиента" }).click();
  await known.getByRole("button", { name: "Открыть: ООО «Пример 123»" }).click();
  await page.getByRole("heading", { name: "ООО «Пример 123»", level: 1 }).waitFor();

  await page.goto(`${world.url}/clients/new`);
  await box(page, "Название").fill("Третий пример");
  await page.getByRole("group", { name: "Контактные данные" }).getByRole("button", { name: "Добавить" }).click();
  await box(page, "Значение").fill("+7 999 00-00-123");
  await page.keyboard.press("Control+s");
  await dialog.waitFor();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "Третий пример", level: 1 }).waitFor();

  // A card that is changed into another one's is asked about too, one whose comment is changed is not.
  await page.getByRole("button", { name: "Изменить" }).first().click();
  await page.getByLabel("Комментарий").last().fill("Просто слова");
  await page.keyboard.press("Control+s");
  await page.getByRole("heading", { name: "Третий пример", level: 1 }).waitFor();
  await page.getByText("Просто слова").waitFor();
  await page.getByRole("button", { name: "Изменить" }).first().click();
  await box(page, "Рабочее название").fill("Третий");
  await page.keyboard.press("Control+s");
  await dialog.waitFor();
  await dialog.getByRole("button", { name: "Всё равно сохранить" }).click();
  await page.getByRole("heading", { name: "Третий", level: 1 }).waitFor();
  // Others count the samples.
  await page.getByRole("button", { name: "Другие действия" }).click();
  await page.getByRole("menuitem", { name: "В архив" }).click();
  await page.getByText("Клиент в\u00a0архиве.").first().waitFor();
  await askOnSaving(page, false);
  await page.context().close();
});

// acceptance: DD-7, DD-8
test.runIf(world.mock)("doubles are looked for, compared, merged by keys, taken back, and those called different go", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.getByRole("link", { name: "Дубли", exact: true }).click();
  await page.getByRole("button", { name: /^Искать (?:дубли|заново)$/u }).click();
  await page.getByRole("progressbar", { name: "Ход поиска" }).waitFor();
  await shoot(page, "doubles-running");
  const groups = page.getByRole("list", { name: "Группы похожих клиентов" });
  await groups.getByRole("listitem").first().waitFor();
  await page.getByText(/^Поиск закончен/u).waitFor();
  await shoot(page, "doubles-groups");

  await pressRussian(page, "о", "KeyJ");
  await compared(page).getByRole("row", { name: /^Комментарий/u }).waitFor();
  await groups.getByRole("link", { name: /Пример 101/u }).first().waitFor();
  expect(new URL(page.url()).searchParams.get("g")).toBeTruthy();
  await compared(page).getByText(/^Перейдёт к\sнему: .*1\sдоговор/u).waitFor();
  await shoot(page, "doubles-compare");
  await compared(page).getByRole("radio", { name: "Остаётся Пример 101, ООО" }).check();
  await compared(page).getByRole("radio", { name: /^Комментарий: оставить от\sООО «Пример 101»/u }).check();
  await page.keyboard.press("Control+Enter");
  const merged = page.getByRole("region", { name: "Объединено" });
  await merged.getByText(/«Пример 101, ООО»/u).waitFor();
  expect(await merged.getByRole("row", { name: /^Договоры/u }).getByRole("cell").allTextContents()).toEqual(["1", "1", "0", "2"]);
  await shoot(page, "doubles-merged");
  await merged.getByRole("link", { name: "Открыть карточку" }).click();
  await page.getByRole("heading", { name: "Пример 101, ООО", level: 1 }).waitFor();
  await page.getByText("Звонить до обеда.").waitFor();

  await page.goto(`${world.url}/clients/duplicates?tab=journal`);
  const entry = page.getByRole("listitem", { name: "Объединение: Пример 101, ООО" }).first();
  await entry.getByText(/отменить можно до/u).waitFor();
  await shoot(page, "doubles-journal");
  await entry.getByRole("button", { name: "Отменить объединение" }).click();
  await entry.getByText("отменено").waitFor();
  await page.goto(`${world.url}/clients?q=${encodeURIComponent("Пример 101")}`);
  await page.getByRole("link", { name: "ООО «Пример 101»" }).waitFor();

  // Three of one group: one is left out, the others are called different.
  await page.goto(`${world.url}/clients/duplicates`);
  await groups.getByRole("link", { name: /Пример 111/u }).click();
  await compared(page).getByRole("checkbox", { name: "Объединять: Пример-111" }).uncheck();
  const before = await groups.getByRole("listitem").count();
  await shoot(page, "doubles-three");
  await pressRussian(page, "т", "KeyN");
  await page.getByText("Отмечено: не дубли.", { exact: false }).waitFor();
  await groups.getByRole("link", { name: /Пример 111/u }).click();
  await compared(page).getByRole("button", { name: /^Не\sдубли/u }).click();
  await expect.poll(() => groups.getByRole("listitem").count()).toBe(before - 1);
  await page.goto(`${world.url}/clients/duplicates`);
  await groups.getByRole("link", { name: /Клиент, которого вам не\sвидно/u }).click();
  await page.getByText(/похожего клиента вам не\sвидно/u).waitFor();
  await page.context().close();
});

// acceptance: DD-1
test.runIf(world.mock)("administrators say what a match is; others see it and cannot change it", async () => {
  const page = await openPage();
  await signIn(page, "/clients/duplicates");
  await page.getByRole("link", { name: "Правила" }).click();
  const rules = page.getByRole("region", { name: "Совпадения клиентов" });
  await rules.getByRole("combobox", { name: "Почта" }).selectOption({ label: "не учитывать" });
  await page.getByRole("region", { name: "Совпадения контактных лиц" }).getByRole("combobox", { name: "Телефон" }).selectOption({ label: "слабое" });
  await box(page, "Общие телефоны и почта").fill("info@client.example\n---");
  await shoot(page, "doubles-rules");
  await page.keyboard.press("Control+s");
  await expect.poll(() => box(page, "Общие телефоны и почта").getAttribute("aria-invalid")).toBe("true");
  await box(page, "Общие телефоны и почта").fill("Info@client.example\n+7 999 000-00-00");
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await page.reload();
  await expect.poll(() => box(page, "Общие телефоны и почта").inputValue()).toBe("79990000000\ninfo@client.example");
  await rules.getByRole("combobox", { name: "Почта" }).selectOption({ label: "сильное" });
  await box(page, "Общие телефоны и почта").fill("");
  await page.keyboard.press("Control+s");
  await page.getByText("Сохранено.").waitFor();
  await page.context().close();

  const other = await openPage();
  await signIn(other, "/clients/duplicates", { login: "operator2", password: world.password });
  await other.getByRole("link", { name: "Правила" }).click();
  await other.getByText("Правила меняют администраторы.").waitFor();
  expect(await box(other, "Общие телефоны и почта").isDisabled()).toBe(true);
  await other.goto(`${world.url}/clients/duplicates`);
  await other.getByText(/могут руководители и\sадминистраторы/u).waitFor();
  await other.context().close();
});

test.runIf(world.mock)("axe finds nothing on the pages of doubles", async () => {
  for (const { name, viewport, colorScheme } of LOOKS.filter(({ whole }) => whole)) {
    const page = await openPage({ viewport, colorScheme });
    await signIn(page, "/clients/duplicates");
    await page.getByRole("button", { name: /^Искать (?:дубли|заново)$/u }).click();
    const groups = page.getByRole("list", { name: "Группы похожих клиентов" });
    await groups.getByRole("link", { name: /Пример 101/u }).click();
    await compared(page).getByRole("radio").first().waitFor();
    expect.soft(await violations(page), `comparison, ${name}`).toEqual([]);
    await page.getByRole("link", { name: "Журнал объединений" }).click();
    await page.getByRole("list", { name: "Журнал объединений" }).or(page.getByText("Объединений пока не\u00a0было.")).first().waitFor();
    expect.soft(await violations(page), `journal, ${name}`).toEqual([]);
    await page.getByRole("link", { name: "Правила" }).click();
    await page.getByRole("combobox").first().waitFor();
    expect.soft(await violations(page), `rules, ${name}`).toEqual([]);
    await page.context().close();
  }
});

// acceptance: DD-2, DD-3
test.runIf(world.mock)("whoever saves a contact that is there already is shown whom, and goes on or opens that one", async () => {
  const page = await openPage();
  await signIn(page, "/clients/duplicates?tab=rules");
  const flag = page.getByRole("checkbox", { name: /^Спрашивать и\sо\sконтактных лицах/u });
  const ask = async (on: boolean): Promise<void> => {
    await page.goto(`${world.url}/clients/duplicates?tab=rules`);
    await flag.waitFor();
    if ((await flag.isChecked()) === on) return;
    await flag.setChecked(on);
    await page.keyboard.press("Control+s");
    await page.getByText("Сохранено.").last().waitFor();
  };
  await ask(true);
  await page.goto(`${world.url}/clients?q=${encodeURIComponent("Пример 133")}`);
  await page.getByRole("link", { name: "ООО «Пример 133»" }).click();
  await page.getByRole("button", { name: "Добавить контактное лицо" }).click();
  const form = page.getByRole("dialog", { name: "Новое контактное лицо" });
  await form.getByRole("textbox", { name: "Фамилия", exact: true }).fill("Двойнова");
  await form.getByRole("group", { name: "Контактные данные" }).getByRole("button", { name: "Добавить" }).click();
  await box(page, "Значение").fill("+79990001310");
  await form.getByRole("button", { name: "Добавить контактное лицо" }).click();
  const dialog = page.getByRole("dialog", { name: "Похоже, такое контактное лицо уже есть" });
  const known = dialog.getByRole("listitem").filter({ hasText: "Пример 131" });
  await known.getByText("Совпало: телефон").waitFor();
  await shoot(page, "doubles-contact-candidates");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await form.getByRole("textbox", { name: "Фамилия", exact: true }).inputValue(), "nothing written is lost").toBe("Двойнова");
  await form.getByRole("button", { name: "Добавить контактное лицо" }).click();
  await known.getByRole("button", { name: "Открыть: Двойнова Мария" }).click();
  await page.getByRole("dialog", { name: "Изменить: Двойнова Мария" }).waitFor();
  await page.getByRole("heading", { name: "ООО «Пример 131»", level: 1 }).waitFor();
  await ask(false);
  await page.context().close();
});

// acceptance: DD-7, DD-8
test.runIf(world.mock)("contacts of two clients are looked for, compared, merged by keys, and taken back", async () => {
  const page = await openPage();
  await signIn(page, "/clients/duplicates");
  await page.getByRole("navigation", { name: "Чьи дубли" }).getByRole("link", { name: "Контактные лица" }).click();
  await page.getByRole("button", { name: /^Искать (?:дубли|заново)$/u }).click();
  const groups = page.getByRole("list", { name: "Группы похожих контактных лиц" });
  const group = groups.getByRole("link", { name: /Двойнова Мария/u });
  await group.waitFor();
  await group.click();
  const sides = page.getByRole("region", { name: "Сравнение контактных лиц" });
  await sides.getByText("Клиент: ООО «Пример 132»").waitFor();
  await sides.getByText(/^Контактное лицо останется у\sклиента/u).waitFor();
  await shoot(page, "doubles-contacts");
  expect(await violations(page)).toEqual([]);
  await sides.getByRole("radio", { name: /Звонить утром/u }).check();
  await page.keyboard.press("Control+Enter");
  const merged = page.getByRole("region", { name: "Объединено" });
  await merged.getByText(/«Двойнова Мария»/u).waitFor();
  await page.goto(`${world.url}/clients/duplicates?tab=journal&of=contacts`);
  const entry = page.getByRole("listitem", { name: "Объединение: Двойнова Мария" }).first();
  await entry.getByText(/и\sещё 1\sконтактное лицо/u).waitFor();
  await shoot(page, "doubles-contacts-journal");
  await entry.getByRole("button", { name: "Отменить объединение" }).click();
  await entry.getByText("отменено").waitFor();
  await page.goto(`${world.url}/clients/duplicates?of=contacts`);
  await group.click();
  await pressRussian(page, "т", "KeyN");
  await page.getByText("Отмечено: не дубли.", { exact: false }).waitFor();
  await expect.poll(() => group.count()).toBe(0);
  await page.context().close();
});
