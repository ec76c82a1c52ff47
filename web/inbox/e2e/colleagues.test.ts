import { expect, test } from "vitest";
import { openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const PASSWORD = "demo-password";

// acceptance: DI-13
test.runIf(world.mock)("of two who take at once the second reads who has it", async () => {
  const first = await openPage();
  await signIn(first, "/inbox/unassigned");
  const second = await openPage();
  await signIn(second, "/inbox/unassigned", { login: "operator2", password: PASSWORD });
  const name = await first.getByRole("listitem").first().getAttribute("aria-label");
  for (const page of [first, second]) {
    await page.getByRole("listitem", { name: name ?? "" }).press("Enter");
    await page.getByRole("article").first().waitFor();
  }
  // The second presses; before the call leaves, the first has taken.
  await second.route(/TakeRequest$/u, async (route) => {
    const taken = first.waitForResponse(/TakeRequest$/u);
    await first.keyboard.press("t");
    await taken;
    await route.continue();
  });
  await second.keyboard.press("t");
  await second.getByRole("status").filter({ hasText: "Обращение уже в работе: Оператор 1." }).waitFor();
  await expect.poll(() => second.getByRole("button", { name: "Завершить", exact: true }).count()).toBe(0);
  for (const page of [first, second]) await page.context().close();
});

test.runIf(world.mock)("a second factor is asked for, and a wrong code says so", async () => {
  const page = await openPage();
  await page.goto(`${world.url}/sign-in`);
  await page.getByRole("textbox", { name: "Логин" }).fill("totp1");
  await page.getByRole("textbox", { name: "Пароль" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Войти" }).click();
  const code = page.getByRole("textbox", { name: "Шесть цифр из приложения" });
  await code.fill("000000");
  await page.getByRole("button", { name: "Подтвердить" }).click();
  await page.getByText("Код не подошёл.").waitFor();
  await code.fill("123 456");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.startsWith("/inbox"));
  await page.context().close();
});

test("who is not signed in is led to the sign-in and back", async () => {
  const page = await openPage();
  await page.goto(`${world.url}/settings/channels`);
  await page.getByRole("button", { name: "Войти" }).waitFor();
  expect(new URL(page.url()).searchParams.get("next")).toBe("/settings/channels");
  await page.getByRole("textbox", { name: "Логин" }).fill(world.login);
  await page.getByRole("textbox", { name: "Пароль" }).fill("not-the-password");
  await page.getByRole("button", { name: "Войти" }).click();
  await page.getByRole("alert").filter({ hasText: "Логин или пароль не подходит." }).waitFor();
  await page.getByRole("textbox", { name: "Пароль" }).fill(world.password);
  await page.getByRole("button", { name: "Войти" }).click();
  await page.getByRole("heading", { name: "Каналы", level: 1 }).waitFor();
  await page.context().close();
});
