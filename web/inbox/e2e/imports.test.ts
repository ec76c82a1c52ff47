import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Download, Page } from "playwright-core";
import { LOOKS, openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// Clients from files and into them, on the services in memory, which read CSV alone.

useBrowser();

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).first().click();
const tile = (page: Page, name: string) => page.locator("dl > div").filter({ hasText: name }).locator("dd");
const goesTo = (page: Page, column: string) => page.getByRole("combobox", { name: `Куда загрузить: ${column}` });

async function choose(page: Page, text: string, name = "clients.csv"): Promise<void> {
  await page.getByTestId("import-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(`\uFEFF${text.replace("\uFEFF", "")}`) });
}

async function bytesOf(download: Download): Promise<string> {
  // With its mark of order, which a reader of texts would take away.
  return (await buffer(await download.createReadStream())).toString("utf8");
}

async function looksWell(page: Page, name: string): Promise<void> {
  await shoot(page, name);
  for (const look of LOOKS) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    expect(await violations(page), `${name}, ${look.name}`).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, `${name}, ${look.name}: nothing sticks out`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

/** Others count the samples. */
async function archive(page: Page, query: string): Promise<void> {
  await page.goto(`${world.url}/clients?q=${encodeURIComponent(query)}`);
  await page.getByRole("checkbox", { name: "Выбрать всех загруженных" }).check();
  await page.getByRole("region", { name: "Действия с выбранными клиентами" }).getByRole("button", { name: "В архив" }).click();
  await page.getByText(/^В\sархиве/u).waitFor();
}

// acceptance: CL-13
test.runIf(world.mock)("a file is chosen, mapped, checked and loaded; what was refused comes back as a file to mend", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await press(page, "Файлы");
  await page.getByRole("menuitem", { name: "Загрузить из файла" }).click();
  await page.getByRole("heading", { name: "Загрузка из файла", level: 1 }).waitFor();
  await page.getByText("Перетащите сюда файл с клиентами").waitFor();
  await looksWell(page, "imports-choose");

  const mark = `Загрузка ${Date.now()}`;
  const known = "ООО «Пример 31»";
  const lines = ["Название;ИНН;Телефон;Метки;Код", `${mark} один;;+7 999 000-01-01;;11`, `${mark} два;7707083894;+7 999 000-01-02;;12`, `${mark} три;;нет;Небывалая;=13`, `${mark} один;;;;14`, `${known};;;;15`, ";;+7 999 000-01-03;;16"];
  await choose(page, lines.join("\r\n"), "Клиенты с выставки.csv");
  await page.getByText("Что в\u00a0столбцах").first().waitFor();
  await page.getByText(/6\sстрок/u).waitFor();
  await expect.poll(() => goesTo(page, "Название").inputValue()).toBe("name");
  expect(await goesTo(page, "Телефон").inputValue()).toBe("addresses:phone");
  expect(await goesTo(page, "Код").inputValue(), "what nobody can guess stays out").toBe("");
  await looksWell(page, "imports-columns");

  // A place that takes one column leaves the other; without a name nothing is checked.
  await goesTo(page, "Код").selectOption("name");
  expect(await goesTo(page, "Название").inputValue()).toBe("");
  await goesTo(page, "Код").selectOption("");
  await press(page, "Проверить");
  await page.getByText("Укажите, в\u00a0каком столбце").waitFor();
  await goesTo(page, "Название").selectOption({ label: "Название" });
  await goesTo(page, "Код").selectOption({ label: "Комментарий" });
  await page.keyboard.press("Control+s");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "Будет создано").innerText()).toBe("1");
  expect(await tile(page, "Дубли").innerText()).toBe("2");
  expect(await tile(page, "С\u00a0ошибками").innerText()).toBe("3");
  await page.getByText("Телефон: «нет» не\u00a0подходит").waitFor();
  await page.getByText("Метки: «Небывалая» не\u00a0нашлось").waitFor();
  await page.getByText("ИНН: «7707083894» не\u00a0подходит").waitFor();
  await page.getByText("Нет названия или имени").waitFor();
  await looksWell(page, "imports-checked");
  await page.getByRole("group", { name: "Итог" }).getByRole("button", { name: /^Дубли/u }).click();
  await page.getByText(/^Повторяет строку 2, совпадает название/u).waitFor();
  await page.getByText(/^Такой клиент уже есть, совпадает название/u).waitFor();
  await page.getByRole("link", { name: "Открыть карточку" }).first().waitFor();

  await press(page, /^Загрузить 1\sстроку$/u);
  await page.getByText(/^Загрузка закончена/u).waitFor();
  expect(await tile(page, "Создано").innerText()).toBe("1");
  await looksWell(page, "imports-loaded");
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Скачать отклонённые строки")]);
  expect(file.suggestedFilename()).toBe("Отклонённые строки — Клиенты с выставки.csv");
  const mended = await bytesOf(file);
  const [heading, ...refused] = mended.trimEnd().split("\r\n");
  expect(heading).toBe("\uFEFFНазвание;ИНН;Телефон;Метки;Код;Что исправить");
  expect(refused).toHaveLength(3);
  expect(refused[1], "no cell of it is a formula").toContain(";нет;Небывалая;'=13;");

  // Mended, it is loaded again as it is.
  await page.getByRole("link", { name: "Загрузить другой файл" }).click();
  await choose(page, mended.replace("7707083894", "7707083893").replace(";нет;Небывалая;", ";+7 999 000-01-04;;"));
  await expect.poll(() => goesTo(page, "Что исправить").inputValue()).toBe("");
  await press(page, "Проверить");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "С\u00a0ошибками").innerText(), "nobody gave the last one a name").toBe("1");
  await page.getByRole("link", { name: "К\u00a0столбцам" }).click();
  await page.getByRole("radio", { name: /^Создать ещё одного/u }).check();
  await press(page, "Проверить");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "Будет создано").innerText()).toBe("2");
  await press(page, /^Загрузить 2\sстроки$/u);
  await page.getByRole("link", { name: "К\u00a0новым клиентам" }).click();
  await page.getByRole("table", { name: "Клиенты" }).getByRole("link", { name: `${mark} два` }).waitFor();
  await archive(page, mark);

  await page.goto(`${world.url}/clients/import`);
  const earlier = page.getByRole("list", { name: "Прежние загрузки" });
  await earlier.getByRole("link", { name: "Клиенты с выставки.csv" }).first().click();
  await page.getByText(/^Загрузка закончена/u).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("rows may be contacts: whose each is, who is there already, and what is wrong", async () => {
  const page = await openPage();
  await signIn(page, "/clients/import");
  const mark = `Люди ${Date.now()}`;
  const lines = ["ФИО;Телефон;Компания;Комментарий", `Орлова Анна;+7 999 000-02-01;${mark};`, `Белов Борис;+7 999 000-02-02;${mark};`, `Орлова Анна;;${mark};Ещё раз`, "Ничей Олег;+7 999 000-02-03;;", `;+7 999 000-02-04;${mark};`];
  await choose(page, lines.join("\r\n"), "Контакты с выставки.csv");
  const rows = page.getByRole("group", { name: "Что в\u00a0строках" });
  await rows.getByRole("radio", { name: /^Контактные лица/u }).check();
  await expect.poll(() => goesTo(page, "ФИО").inputValue()).toBe("contact.name");
  expect(await goesTo(page, "Компания").inputValue()).toBe("name");
  expect(await goesTo(page, "Телефон").inputValue()).toBe("contact.addresses:phone");
  await looksWell(page, "imports-people");
  await rows.getByRole("radio", { name: /^Клиенты/u }).check();
  expect(await goesTo(page, "Телефон").inputValue()).toBe("addresses:phone");
  await rows.getByRole("radio", { name: /^Контактные лица/u }).check();

  await goesTo(page, "Компания").selectOption("");
  await press(page, "Проверить");
  await page.getByText(/^Укажите, в\sкаких столбцах ФИО/u).waitFor();
  await goesTo(page, "Компания").selectOption("name");
  await press(page, "Проверить");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "Будет создано").innerText()).toBe("2");
  expect(await tile(page, "Дубли").innerText()).toBe("1");
  expect(await tile(page, "С\u00a0ошибками").innerText()).toBe("2");
  await page.getByText(/^Не\sуказано, чьё это контактное лицо/u).waitFor();
  await page.getByText("Нет названия или имени").waitFor();
  await page.getByRole("group", { name: "Итог" }).getByRole("button", { name: /^Дубли/u }).click();
  await page.getByText(/^Повторяет строку 2, совпадает ФИО/u).waitFor();
  await looksWell(page, "imports-people-checked");

  await press(page, /^Загрузить 2\sстроки$/u);
  await page.getByText(/^Загрузка закончена/u).waitFor();
  await page.getByRole("group", { name: "Итог" }).getByRole("button", { name: /^Новые/u }).click();
  await page.getByRole("link", { name: "Открыть карточку" }).first().click();
  await page.getByRole("heading", { name: mark, level: 1 }).waitFor();
  for (const name of ["Орлова Анна", "Белов Борис"]) await page.getByText(name).first().waitFor();

  // The same file again, without new clients: nobody is new.
  await page.goto(`${world.url}/clients/import`);
  await choose(page, lines.join("\r\n"), "Контакты ещё раз.csv");
  await rows.getByRole("radio", { name: /^Контактные лица/u }).check();
  await page.getByRole("checkbox", { name: "Новых клиентов не\u00a0создавать" }).check();
  await page.getByRole("radio", { name: /^Дополнить его/u }).check();
  await press(page, "Проверить");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "Будет создано").innerText()).toBe("0");
  expect(await tile(page, "Будет дополнено").innerText()).toBe("1");
  await archive(page, mark);
  await page.context().close();
});

test.runIf(world.mock)("a file is dropped, a long one is stopped and goes on; what is no table says why", async () => {
  const page = await openPage();
  await signIn(page, "/clients/import");
  const drop = page.getByRole("region", { name: "Файл" });
  const give = async (name: string, text: string): Promise<void> => {
    const data = await page.evaluateHandle(([fileName = "", content = ""]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], fileName));
      return transfer;
    }, [name, text]);
    await drop.dispatchEvent("dragover", { dataTransfer: data });
    await page.getByText("Отпустите файл здесь").waitFor();
    await drop.dispatchEvent("drop", { dataTransfer: data });
  };
  await drop.waitFor();
  await give("old.xls", "anything");
  await page.getByText("Это старый формат XLS.").waitFor();
  await give("empty.csv", "\r\n;;\r\n");
  await page.getByText("В\u00a0файле нет ни\u00a0одной заполненной строки.").waitFor();
  await page.getByRole("link", { name: "Загрузить другой файл" }).click();

  const mark = `Длинная ${Date.now()}`;
  await give("long.csv", `Клиент\n${Array.from({ length: 1_200 }, (_, n) => `${mark} ${n}`).join("\n")}`);
  await page.getByText("Что в\u00a0столбцах").first().waitFor();
  await press(page, "Проверить");
  const bar = page.getByRole("progressbar", { name: "Проверяем строки" });
  await bar.waitFor();
  await shoot(page, "imports-running");
  expect(await violations(page)).toEqual([]);
  await press(page, "Остановить");
  await page.getByText(/^Остановлено: \d+ из\s1\s200\.$/u).waitFor();
  await press(page, "Продолжить");
  await page.getByText("Проверка закончена.").waitFor();
  expect(await tile(page, "Будет создано").innerText()).toMatch(/^1\s200$/u);
  await page.context().close();
});

test.runIf(world.mock)("the list goes out as it is narrowed, with the columns that are chosen", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.goto(`${world.url}/clients?q=${encodeURIComponent("Пример 31")}`);
  await page.getByRole("table", { name: "Клиенты" }).getByRole("link", { name: "ООО «Пример 31»" }).waitFor();
  await press(page, "Файлы");
  await page.getByRole("menuitem", { name: "Выгрузить в\u00a0файл" }).click();
  const dialog = page.getByRole("dialog", { name: "Выгрузка клиентов" });
  await dialog.getByText(/по\sтекущему отбору/u).waitFor();
  await looksWell(page, "exports");
  await dialog.getByRole("radio", { name: "Текст, CSV" }).check();
  for (const name of ["Вид клиента", "КПП", "Телефон", "Почта", "Ответственный", "Метки"]) await dialog.getByRole("checkbox", { name, exact: true }).uncheck();
  const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Выгрузить" }).click()]);
  expect(file.suggestedFilename()).toMatch(/^Клиенты \d{4}-\d\d-\d\d\.csv$/u);
  const lines = (await bytesOf(file)).trimEnd().split("\r\n");
  expect(lines[0]).toBe("\uFEFFname;inn");
  // A word may stand in the name or in the INN.
  expect(lines.slice(1).filter((line) => !line.includes("Пример") || !line.includes("31")), "only what the filter lets through").toEqual([]);
  await dialog.waitFor({ state: "detached" });
  await page.context().close();
});
