import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openPage, signIn, useBrowser, world } from "./page.ts";
import { addEmployee, open, saved, tabTo } from "./settings.ts";

useBrowser();

const unique = (): string => randomUUID().slice(0, 8);

test("a new employee gets a password once, works with it, is dismissed and taken back", async () => {
  const page = await openPage();
  await signIn(page);
  const who = await addEmployee(page, `Новый Сотрудник ${unique()}`);
  expect(who.password).toMatch(/^[a-z2-9-]{19}$/u);

  const theirs = await openPage();
  await signIn(theirs, "/inbox", who);

  await page.getByRole("button", { name: "Сбросить пароль" }).click();
  const fresh = (await page.getByRole("dialog").locator("code").textContent()) ?? "";
  expect(fresh).not.toBe(who.password);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await page.getByRole("button", { name: "Уволить" }).click();
  await page.getByText("Сотрудник уволен, сеансы завершены.").waitFor();

  const late = await openPage();
  await late.goto(`${world.url}/sign-in`);
  const enter = async (): Promise<void> => {
    await late.getByRole("textbox", { name: "Логин" }).fill(who.login);
    await late.getByRole("textbox", { name: "Пароль" }).fill(fresh);
    await late.getByRole("button", { name: "Войти" }).click();
  };
  await enter();
  await late.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Вернуть" }).click();
  await page.getByRole("button", { name: "Уволить" }).waitFor();
  await enter();
  await late.waitForURL((url) => url.pathname.startsWith("/inbox"));
  for (const one of [page, theirs, late]) await one.context().close();
});

test("what the server refuses is said at its field, and the focus goes there", async () => {
  const page = await openPage();
  await signIn(page);
  await addEmployee(page, `Занятый Логин ${unique()}`);
  const login = page.getByRole("textbox", { name: "Логин" });
  await login.fill(world.login);
  await page.keyboard.press("Control+s");
  await page.getByText("Этот логин занят.").waitFor();
  await expect.poll(() => login.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await login.getAttribute("aria-invalid")).toBe("true");
  await login.fill("a b");
  await page.getByText("От 2 знаков, без пробелов").waitFor();
  await page.context().close();
});

test("two change one card: nothing is overwritten, and a clash shows both values", async () => {
  const first = await openPage();
  await signIn(first);
  const name = `Общая Карточка ${unique()}`;
  await addEmployee(first, name);
  const second = await first.context().newPage();
  await second.goto(first.url());
  const field = (page: Page, label: string) => page.getByRole("textbox", { name: label });
  await field(second, "Имя и фамилия").waitFor();

  // Different fields: the second's change stays beside the first's.
  await field(second, "Почта").fill("someone@example.com");
  await field(first, "Имя и фамилия").fill(`${name} А`);
  await first.keyboard.press("Control+s");
  await saved(first);
  await second.getByText("Кто-то другой тем временем изменил: Имя и фамилия.").waitFor();
  await expect.poll(() => field(second, "Имя и фамилия").inputValue()).toBe(`${name} А`);
  expect(await field(second, "Почта").inputValue()).toBe("someone@example.com");
  await second.keyboard.press("Control+s");
  await saved(second);

  // The same field: both values, and the reader decides.
  await expect.poll(() => field(first, "Почта").inputValue()).toBe("someone@example.com");
  await field(second, "Имя и фамилия").fill(`${name} Б`);
  await field(first, "Имя и фамилия").fill(`${name} В`);
  await first.keyboard.press("Control+s");
  await saved(first);
  await second.getByText(`Имя и фамилия: там «${name} В», у вас «${name} Б».`).waitFor();
  await second.getByRole("button", { name: "Взять их значение" }).click();
  expect(await field(second, "Имя и фамилия").inputValue()).toBe(`${name} В`);
  await first.context().close();
});

test("unsaved changes are not left without a question, neither by a link nor by Back", async () => {
  const page = await openPage();
  await signIn(page);
  const name = `Несохранённый ${unique()}`;
  await addEmployee(page, name);
  const sections = page.getByRole("navigation", { name: "Настройки" });
  await sections.getByRole("link", { name: "Сотрудники" }).click();
  await page.getByRole("searchbox", { name: "Имя или логин" }).fill(name);
  await page.getByRole("link", { name }).click();
  const mail = page.getByRole("textbox", { name: "Почта" });
  await mail.fill("kept@example.com");
  const ask = page.getByRole("dialog", { name: "Есть несохранённые изменения" });
  await page.goBack();
  await ask.getByRole("button", { name: "Остаться" }).click();
  expect(await mail.inputValue()).toBe("kept@example.com");
  await sections.getByRole("link", { name: "Роли" }).click();
  await ask.getByRole("button", { name: "Уйти без сохранения" }).click();
  await page.getByRole("heading", { name: "Роли", level: 1 }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("more people than a page holds are found and counted; filters stand in the address", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "employees", "Сотрудники");
  const rows = page.getByRole("table", { name: "Сотрудники" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(101);
  await expect
    .poll(async () => {
      await page.locator("main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
      return page.getByText(/^Всего \d+/u).count();
    })
    .toBe(1);
  expect(await rows.count()).toBeGreaterThan(221);
  await page.getByRole("searchbox", { name: "Имя или логин" }).fill("сотрудник 19");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("сотрудник 19");
  await expect.poll(() => rows.count()).toBe(11);
  const copy = await page.context().newPage();
  await copy.goto(page.url());
  await expect.poll(() => copy.getByRole("row").count()).toBe(11);
  await page.getByRole("searchbox", { name: "Имя или логин" }).fill("никого такого нет");
  await page.getByText("Под этот поиск никто не подходит.").waitFor();
  await page.getByRole("button", { name: "Сбросить фильтр" }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(100);
  await page.context().close();
});

test.runIf(world.mock)("the last administrator stays one, and who is none may look", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile");
  await page.getByRole("link", { name: "Изменить карточку" }).click();
  const dismiss = page.getByRole("button", { name: "Уволить" });
  await dismiss.waitFor();
  expect(await dismiss.getAttribute("aria-disabled")).toBe("true");
  await page.getByText("Это единственный администратор. Сначала дайте эту роль кому-нибудь ещё.").waitFor();
  await page.getByRole("checkbox", { name: /^Администратор/u }).uncheck();
  await page.keyboard.press("Control+s");
  await page.getByText("Должен остаться хотя бы один администратор.").first().waitFor();
  await page.context().close();

  const other = await openPage();
  await signIn(other, "/settings/employees", { login: "operator2", password: "demo-password" });
  await other.getByText("Менять здесь что-либо может только администратор.").waitFor();
  await other.getByRole("link", { name: "Оператор 1", exact: true }).click();
  expect(await other.getByRole("textbox", { name: "Имя и фамилия" }).isDisabled()).toBe(true);
  expect(await other.getByRole("button", { name: "Уволить" }).count()).toBe(0);
  await other.context().close();
});

test("departments are made, moved and deleted without a mouse", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "departments", "Подразделения");
  const [top, below] = [`Отдел ${unique()}`, `Сектор ${unique()}`];
  const create = async (name: string): Promise<void> => {
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name, level: 2 }).waitFor();
  };
  await tabTo(page, page.getByRole("button", { name: "Создать подразделение" }));
  await page.keyboard.press("Enter");
  await create(top);
  const addBelow = page.getByRole("button", { name: "Создать ниже" });
  await addBelow.waitFor();
  await tabTo(page, addBelow);
  await page.keyboard.press("Enter");
  await create(below);
  const item = (name: string) => page.getByRole("treeitem", { name: new RegExp(name, "u") });
  await expect.poll(() => item(below).getAttribute("aria-selected")).toBe("true");
  const level = Number(await item(below).getAttribute("aria-level"));
  expect(level).toBe(Number(await item(top).getAttribute("aria-level")) + 1);

  // In the tree: left goes to the parent, right folds it open, and it may not move below itself.
  await item(below).focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => item(top).evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => item(below).count()).toBe(0);
  await page.keyboard.press("ArrowRight");
  await item(below).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: top, level: 2 }).waitFor();
  await page.getByText(/Удалить нельзя: здесь 1 нижнее подразделение/u).waitFor();
  await tabTo(page, page.getByRole("button", { name: "Входит в" }));
  await page.keyboard.press("Enter");
  await page.keyboard.type(below);
  await page.keyboard.press("Enter");
  expect(await page.getByRole("option", { name: new RegExp(below, "u") }).getAttribute("aria-disabled")).toBe("true");
  await page.keyboard.press("Escape");

  // The lower one moves to the top level and is deleted.
  await item(below).press("Enter");
  await page.getByRole("heading", { name: below, level: 2 }).waitFor();
  await tabTo(page, page.getByRole("button", { name: "Входит в" }));
  await page.keyboard.press("Enter");
  await page.keyboard.type("верхний");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+s");
  await saved(page);
  await expect.poll(() => item(below).getAttribute("aria-level")).toBe("1");
  const remove = page.getByRole("button", { name: "Удалить подразделение" });
  await tabTo(page, remove);
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Удалить подразделение" }));
  await page.keyboard.press("Enter");
  await page.getByText(`Подразделение «${below}» удалено.`).waitFor();
  await expect.poll(() => item(below).count()).toBe(0);
  await page.context().close();
});

test("a schedule has several intervals a day, and says who works by it", async () => {
  const page = await openPage();
  await signIn(page);
  await open(page, "schedules/new", "Новый график");
  const name = `График ${unique()}`;
  await page.getByRole("textbox", { name: "Название" }).fill(name);
  const clock = (label: string) => page.getByRole("textbox", { name: label });
  await clock("понедельник, интервал 1: конец").fill("8");
  await page.keyboard.press("Control+s");
  await page.getByText("Конец раньше начала").waitFor();
  await page.getByText("В неделе есть ошибки. Исправьте отмеченные интервалы.").waitFor();
  await clock("понедельник, интервал 1: конец").fill("13");
  await page.getByRole("button", { name: "понедельник: добавить интервал" }).click();
  expect(await clock("понедельник, интервал 2: начало").inputValue()).toBe("14:00");
  await page.getByRole("button", { name: "понедельник: скопировать часы" }).click();
  await page.getByRole("menuitem", { name: "На все будни" }).click();
  await page.getByText("40 ч в неделю").waitFor();
  await page.getByLabel("День или начало").fill("2027-05-01");
  await page.getByLabel("Последний день").fill("2027-05-03");
  await page.getByRole("button", { name: "Добавить", exact: true }).click();
  await page.keyboard.press("Control+s");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByText("Пока никто.").waitFor();
  const address = page.url();

  const person = `По Графику ${unique()}`;
  await addEmployee(page, person);
  await page.getByLabel("График", { exact: true }).selectOption({ label: name });
  await page.keyboard.press("Control+s");
  await saved(page);
  await page.goto(address);
  await page.getByRole("region", { name: "Кто работает по графику" }).getByRole("link", { name: person }).waitFor();
  expect(await clock("пятница, интервал 2: конец").inputValue()).toBe("18:00");
  expect(await page.locator('time[datetime="2027-05-02"]').count()).toBe(1);
  await page.context().close();
});
