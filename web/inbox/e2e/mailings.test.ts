import { mkdirSync } from "node:fs";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { LOOKS, openPage, signIn, useBrowser, violations, world } from "./page.ts";

// Mailings on the services in memory: a letter goes every 150 ms, and addresses that begin with "refused" are refused.

useBrowser();

let server: PreviewServer | undefined;
let address = "";

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

const LIST = "E-mail;Имя;Город\nanna@example.com;Анна;Тверь\nrefused@example.com;Борис;Псков\nне адрес;Вера;Омск\nANNA@example.com;Анна;Тверь\nvera@example.com;Вера;";

const box = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });

const sendButton = (where: Page | Locator) => where.getByRole("button", { name: /^Отправить/u });

/** Nothing is on its way any more, and nothing unsaved. */
async function kept(page: Page): Promise<void> {
  const keep = page.getByRole("button", { name: /^Оставить черновиком/u });
  await expect.poll(async () => [await keep.isDisabled(), await sendButton(page).getAttribute("data-loading")]).toEqual([true, null]);
}

async function fillIn(page: Page, name: string, list = LIST): Promise<void> {
  await page.goto(`${address}/settings/mailings/new`);
  await page.getByRole("button", { name: /^Почтовый\sящик/u }).click();
  await page.getByRole("option", { name: /Почта отдела продаж/u }).click();
  await box(page, "Название").fill(name);
  await box(page, "Адреса или таблица").fill(list);
}

test.skipIf(!world.mock)("a mailing is written, looked at for each recipient, started, and its failures are read", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await page.goto(`${address}/settings/mailings`);
  await page.getByText(/Рассылка отправляет одно письмо/u).waitFor();
  await shoot(page, "empty");
  await fillIn(page, "Осень");
  await page.getByText(/^3\sполучателя, 1\sповтор убран$/u).waitFor();
  await page.getByText(/В\s1\sстроке\sнет\sадреса/u).waitFor();
  await box(page, "Тема").fill("Новость для ");
  await page.getByRole("button", { name: "Имя получателя" }).click();
  expect(await box(page, "Тема").inputValue()).toBe("Новость для {{name}}");
  expect(await box(page, "Текст").inputValue(), "the mailbox's signature is there").toBe("\n\n-- \nОператор 1\nОтдел продаж");
  await box(page, "Текст").fill("Добрый день! Ваш город: ");
  await page.getByRole("button", { name: "Город", exact: true }).click();
  const preview = page.getByRole("group", { name: /^Как\sпрочитает каждый$/u });
  await preview.getByText("Ваш город: Тверь").waitFor();
  await preview.press("ArrowRight");
  await preview.getByText("Новость для Борис").waitFor();
  await page.getByText(/Письмо\sне\sсоставить для\s1\sполучателя/u).waitFor();
  await page.getByRole("button", { name: /^vera@example.com/u }).click();
  await preview.getByText(/Нет\sданных: Город/u).waitFor();
  await shoot(page, "form");
  await sendButton(page).click();
  expect(await page.getByRole("dialog").count(), "it cannot start").toBe(0);
  await box(page, "Адреса или таблица").fill(LIST.replace("Вера;", "Вера;Омск").replace(/;$/u, ";Омск"));
  await sendButton(page).click();
  await page.getByRole("dialog", { name: /^Отправить 3\sписьма\?$/u }).getByRole("button", { name: /^Отправить 3\sписьма$/u }).click();
  await page.getByRole("progressbar", { name: "Ход отправки" }).waitFor();
  await page.getByText("Готово 3 из 3").waitFor();
  const rows = page.getByRole("row");
  await rows.filter({ hasText: "refused@example.com" }).getByText(/550 5\.1\.1 no such user here/u).waitFor();
  await shoot(page, "done");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: /^Не\sотправлено 1$/u }).click();
  await expect.poll(() => rows.count()).toBe(2);
  await rows.filter({ hasText: "refused@example.com" }).waitFor();
  await page.getByRole("link", { name: /^Повторить для\sнеохваченных$/u }).click();
  await page.getByText(/кто уже получил её письмо/u).waitFor();
  await sendButton(page).click();
  await sendButton(page.getByRole("dialog")).click();
  await page.getByText("получил письмо другого запуска").first().waitFor();
  await page.goto(`${address}/settings/mailings`);
  await expect.poll(() => page.getByRole("progressbar", { name: "Осень" }).count()).toBe(2);
  await shoot(page, "list");
  await page.context().close();
});

test.skipIf(!world.mock)("a running mailing is stopped and goes on, and who unsubscribed gets nothing", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await page.goto(`${address}/settings/mailings/unsubscribed`);
  await page.getByText("Никто не отписался").waitFor();
  await box(page, "Адреса").fill("left@example.com никто");
  await page.getByRole("button", { name: "Добавить" }).click();
  await page.getByText("Введите адреса через пробел или запятую").waitFor();
  await box(page, "Адреса").fill("LEFT@example.com");
  await page.getByRole("button", { name: "Добавить" }).click();
  await page.getByRole("row").filter({ hasText: "left@example.com" }).waitFor();
  await shoot(page, "unsubscribed");
  await page.getByRole("button", { name: "Убрать из списка" }).click();
  await page.getByRole("dialog", { name: /^Убрать left@example\.com/u }).getByRole("button", { name: "Отменить" }).click();
  await page.getByRole("row").filter({ hasText: "left@example.com" }).waitFor();
  const many = Array.from({ length: 80 }, (_, n) => `p${n}@example.com`);
  await fillIn(page, "Много", ["left@example.com", ...many].join("\n"));
  await box(page, "Тема").fill("Новость");
  await box(page, "Текст").fill("Здравствуйте!");
  await sendButton(page).click();
  await sendButton(page.getByRole("dialog")).click();
  await page.getByRole("button", { name: /^Отписался 1$/u }).waitFor();
  await page.getByRole("button", { name: "Остановить" }).click();
  await page.getByText("Остановлена").waitFor();
  await shoot(page, "stopped");
  await page.getByRole("button", { name: "Продолжить" }).click();
  await page.getByText("Готово 81 из 81").waitFor({ timeout: 60_000 });
  await page.context().close();
});

test.skipIf(!world.mock)("a draft is kept as it was written, and deleted", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await fillIn(page, "Черновик один");
  await page.keyboard.press("Control+s");
  await page.waitForURL(/[\da-f]{12}$/u);
  await page.reload();
  await expect.poll(() => box(page, "Название").inputValue()).toBe("Черновик один");
  await page.getByText(/^3\sполучателя$/u).waitFor();
  await page.getByRole("button", { name: "Удалить черновик" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Удалить черновик" }).click();
  await page.getByText("Черновик удалён.").waitFor();
  await page.getByRole("link", { name: "Отписавшиеся" }).waitFor();
  expect(await page.getByRole("link", { name: "Черновик один" }).count()).toBe(0);
  await page.context().close();
});

test.skipIf(!world.mock)("a list that was pasted over a long one is the one that gets the letters", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await fillIn(page, "Два списка", Array.from({ length: 230 }, (_, n) => `a${n}@example.com`).join("\n"));
  await box(page, "Тема").fill("Новость");
  await box(page, "Текст").fill("Здравствуйте!");
  await page.keyboard.press("Control+s");
  await page.waitForURL(/[\da-f]{12}$/u);
  await page.reload();
  await page.getByText(/^230\sполучателей$/u).waitFor();
  await box(page, "Адреса или таблица").fill("b1@example.com\nb2@example.com");
  await page.keyboard.press("Control+s");
  await kept(page);
  await page.getByText(/^2\sполучателя$/u).waitFor();
  await sendButton(page).click();
  await sendButton(page.getByRole("dialog", { name: /^Отправить 2\sписьма\?$/u })).click();
  await page.getByText("Готово 2 из 2").waitFor();
  await page.getByRole("row").filter({ hasText: "b2@example.com" }).waitFor();
  await page.context().close();
});

test.skipIf(!world.mock)("what is written stays when a colleague was faster, and a version that nobody saw is not started", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await fillIn(page, "Общий черновик");
  await page.keyboard.press("Control+s");
  await page.waitForURL(/[\da-f]{12}$/u);
  await page.reload();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await box(page, "Тема").fill("Моя тема");
  await box(page, "Текст").fill("Моё письмо");
  await box(other, "Название").fill("Название коллеги");
  await other.keyboard.press("Control+s");
  await other.getByText("Сохранено").waitFor();
  await page.keyboard.press("Control+s");
  await page.getByText(/тем временем изменил/u).waitFor();
  await expect.poll(() => box(page, "Название").inputValue()).toBe("Название коллеги");
  expect([await box(page, "Тема").inputValue(), await box(page, "Текст").inputValue()]).toEqual(["Моя тема", "Моё письмо"]);
  await shoot(page, "stale");
  await page.keyboard.press("Control+s");
  await kept(page);
  // The other page has the version before that.
  await sendButton(other).click();
  expect(await other.getByRole("dialog").count(), "it has no subject").toBe(0);
  await other.reload();
  await expect.poll(() => box(other, "Тема").inputValue()).toBe("Моя тема");
  await box(page, "Тема").fill("Новая тема");
  await page.keyboard.press("Control+s");
  await kept(page);
  await sendButton(other).click();
  await sendButton(other.getByRole("dialog")).click();
  await other.getByText(/тем временем изменил/u).waitFor();
  await expect.poll(() => box(other, "Тема").inputValue()).toBe("Новая тема");
  await page.context().close();
});

test.skipIf(!world.mock)("a refused start is told, and trying again makes no second draft", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await fillIn(page, "Не с первого раза", "one@example.com");
  await box(page, "Тема").fill("Новость");
  await box(page, "Текст").fill("Здравствуйте!");
  await page.route("**/StartMailing", (route) => route.fulfill({ status: 400, contentType: "application/json", body: '{"code":"permission_denied"}' }));
  await sendButton(page).click();
  await sendButton(page.getByRole("dialog")).click();
  const refusal = page.getByText(/прав|нельзя|не\sможете/iu).last();
  await refusal.waitFor();
  await page.unroute("**/StartMailing");
  await box(page, "Тема").fill("Новость два");
  await sendButton(page).click();
  await sendButton(page.getByRole("dialog")).click();
  await page.getByText("Готово 1 из 1").waitFor();
  await page.getByText("Новость два").waitFor();
  await page.goto(`${address}/settings/mailings`);
  await page.getByRole("link", { name: "Не с первого раза" }).waitFor();
  expect(await page.getByRole("link", { name: "Не с первого раза" }).count()).toBe(1);
  await page.context().close();
});

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["OKNO_SCREENS"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const look of LOOKS.filter(({ viewport }) => viewport.width !== 1024)) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.screenshot({ path: `${folder}/mailings-${name}-${look.viewport.width}-${look.colorScheme}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
