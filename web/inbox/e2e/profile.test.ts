import { expect, test } from "vitest";
import { openPage, signIn, useBrowser, world } from "./page.ts";
import { open } from "./settings.ts";

useBrowser();

const PASSWORD = "demo-password";
const TITLE = "Профиль и безопасность";

test("how the page looks is chosen once and holds in every browser", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile");
  await page.getByLabel("Оформление").selectOption("dark");
  await expect.poll(() => page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
  await page.getByLabel("Плотность").selectOption("compact");
  await expect.poll(() => page.locator("html").getAttribute("data-density")).toBe("compact");
  await page.getByLabel("Язык").selectOption("en");
  await page.getByRole("heading", { name: "Profile and security", level: 1 }).waitFor();

  const other = await openPage();
  await other.goto(`${world.url}/sign-in?next=/settings/profile`);
  await other.getByRole("textbox", { name: "Логин" }).fill(world.login);
  await other.getByRole("textbox", { name: "Пароль" }).fill(world.password);
  await other.getByRole("button", { name: "Войти" }).click();
  await other.getByRole("heading", { name: "Profile and security", level: 1 }).waitFor();
  await expect.poll(() => other.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
  await other.getByLabel("Language").selectOption("ru");
  await other.getByLabel("Оформление").selectOption("auto");
  await other.getByLabel("Плотность").selectOption("");
  await other.getByRole("heading", { name: TITLE, level: 1 }).waitFor();
  for (const one of [page, other]) await one.context().close();
});

test("one's own name and time zone are one's own to change", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile");
  const me = page.getByRole("region", { name: "Вы", exact: true });
  const name = me.getByRole("textbox", { name: "Имя" });
  const before = await name.inputValue();
  const save = me.getByRole("button", { name: "Сохранить" });
  await expect.poll(() => save.isDisabled()).toBe(true);
  await name.fill("");
  await me.getByText("Заполните поле").waitFor();
  await name.fill(`${before} Новая`);
  await me.getByRole("button", { name: /^Часовой пояс/u }).click();
  await page.getByRole("combobox", { name: "Часовой пояс" }).fill("Omsk");
  await page.keyboard.press("Enter");
  await save.click();
  await page.getByText("Сохранено.").waitFor();
  await page.reload();
  await expect.poll(() => name.inputValue()).toBe(`${before} Новая`);
  await me.getByText("Asia / Omsk · UTC+6").waitFor();
  await name.fill(before);
  await save.click();
  await page.getByText("Сохранено.").waitFor();
  await page.context().close();
});

test("a session elsewhere is ended from here", async () => {
  const here = await openPage();
  await signIn(here, "/settings/profile");
  const there = await openPage({ userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0" });
  await signIn(there, "/inbox/all");
  await there.getByRole("listitem").first().waitFor();
  await here.reload();
  const sessions = here.getByRole("region", { name: "Сеансы" });
  await sessions.getByText("этот").waitFor();
  await sessions.getByText("Firefox 150 · Windows").first().waitFor();
  await sessions.getByRole("button", { name: "Завершить все другие" }).click();
  await expect.poll(() => sessions.getByRole("listitem").count()).toBe(1);
  await there.goto(`${world.url}/settings/profile`);
  await there.getByRole("button", { name: "Войти" }).waitFor();
  for (const one of [here, there]) await one.context().close();
});

test("colleagues see who has stepped away", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile");
  await page.getByRole("radio", { name: "Нет на месте" }).check();
  const watching = await page.context().newPage();
  await watching.goto(`${world.url}/settings/employees?q=${world.login}`);
  const row = watching.getByRole("row").filter({ hasText: world.login });
  await row.getByRole("cell", { name: "не принимает обращения" }).waitFor();
  await page.getByRole("radio", { name: "Принимаю обращения" }).check();
  await row.getByRole("cell", { name: "на месте" }).waitFor();
  await page.context().close();
});

test("a wrong old password and a short new one are said at their fields", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile");
  await page.getByLabel("Текущий пароль").fill("not-the-password");
  await page.getByLabel("Новый пароль").fill("short");
  await page.getByRole("button", { name: "Сменить пароль" }).click();
  await expect.poll(() => page.getByLabel("Новый пароль").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Новый пароль").fill("long enough to be good");
  await page.getByRole("button", { name: "Сменить пароль" }).click();
  await page.getByText("Это не текущий пароль").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("the second factor is set up by a code of its own and switched off by the password", async () => {
  const page = await openPage();
  await signIn(page, "/settings/profile", { login: "head1", password: PASSWORD });
  const factor = page.getByRole("region", { name: "Код подтверждения при входе" });
  await factor.getByRole("button", { name: "Включить" }).click();
  await factor.getByRole("img", { name: "QR-код для приложения с кодами" }).waitFor();
  await factor.getByText("Не сканируется? Введите ключ вручную").click();
  expect(await factor.locator("code").textContent()).toBe("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP");
  const code = factor.getByRole("textbox", { name: "Код из приложения" });
  await code.fill("000000");
  await code.press("Enter");
  await factor.getByText("Код не подошёл.").waitFor();
  await code.fill("123 456");
  await code.press("Enter");
  await factor.getByText("Включён").waitFor();
  await factor.getByRole("button", { name: "Выключить" }).click();
  await factor.getByLabel("Текущий пароль").fill("wrong-password");
  await page.keyboard.press("Enter");
  await factor.getByText("Это не текущий пароль").waitFor();
  await factor.getByLabel("Текущий пароль").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await factor.getByText("Выключен").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("who is no administrator reads why the card is locked", async () => {
  const page = await openPage();
  await signIn(page, "/inbox", { login: "operator2", password: PASSWORD });
  await open(page, "profile", TITLE);
  await page.getByText("Логин, роли и подразделения меняет администратор.").waitFor();
  await page.context().close();
});
